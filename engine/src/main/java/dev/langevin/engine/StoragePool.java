package dev.langevin.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Pieces of memory that were given back, by size, latest first (it is the likeliest to be in a cache). Sizes are
 * rounded up so that tensors of nearly one size share pieces; a steady loop takes everything from here.
 */
public final class StoragePool<S extends Storage> {
    private static final int STEP = 64;

    /** Free pieces of one size. */
    private record Shelf<S>(int size, ArrayDeque<S> pieces) {
    }

    /** By size, so that one is found without an object for its key. */
    private final List<Shelf<S>> shelves = new ArrayList<>();
    private final IntFunction<S> allocate;
    private final int bytesPerElement;
    private long bytes;

    public StoragePool(int bytesPerElement, IntFunction<S> allocate) {
        this.bytesPerElement = bytesPerElement;
        this.allocate = allocate;
    }

    /** A piece of at least {@code size} elements. */
    public S take(int size) {
        int rounded = (int) Math.min(Integer.MAX_VALUE - STEP, (size + STEP - 1L) / STEP * STEP);
        S piece = shelf(rounded).pieces.poll();
        if (piece != null) {
            return piece;
        }
        try {
            piece = allocate.apply(rounded);
        } catch (OutOfMemoryError full) {
            // Pieces that other sizes left behind may be what is in the way.
            clear();
            try {
                piece = allocate.apply(rounded);
            } catch (OutOfMemoryError e) {
                throw new LangevinException("out of memory: " + (bytes >> 20) + " MiB in tensors, " + ((long) rounded * bytesPerElement >> 20)
                        + " MiB more are needed; use a smaller batch or network, or give the JVM more (-Xmx, for the launcher"
                        + " LANGEVIN_OPTS=-Xmx12g)", e);
            }
        }
        bytes += (long) rounded * bytesPerElement;
        return piece;
    }

    public void give(S piece) {
        shelf(piece.size()).pieces.push(piece);
    }

    private Shelf<S> shelf(int size) {
        int low = 0;
        int high = shelves.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (shelves.get(middle).size < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == shelves.size() || shelves.get(low).size != size) {
            shelves.add(low, new Shelf<>(size, new ArrayDeque<>()));
        }
        return shelves.get(low);
    }

    /** Bytes of all pieces, in use and free. */
    public long bytes() {
        return bytes;
    }

    /** Lets go of the pieces that are free. */
    public void clear() {
        for (Shelf<S> shelf : shelves) {
            bytes -= (long) shelf.size * shelf.pieces.size() * bytesPerElement;
        }
        shelves.clear();
    }
}
