package dev.langevin.engine;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Pieces of memory that were given back, by size, latest first (it is the likeliest to be in a cache). Sizes are
 * rounded up so that tensors of nearly one size share pieces; a steady loop takes everything from here.
 */
public final class StoragePool<S extends Storage> {
    private static final int STEP = 64;

    private final Map<Integer, ArrayDeque<S>> free = new HashMap<>();
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
        ArrayDeque<S> pieces = free.get(rounded);
        if (pieces != null && !pieces.isEmpty()) {
            return pieces.pop();
        }
        S piece;
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
        free.computeIfAbsent(piece.size(), k -> new ArrayDeque<>()).push(piece);
    }

    /** Bytes of all pieces, in use and free. */
    public long bytes() {
        return bytes;
    }

    /** Lets go of the pieces that are free. */
    public void clear() {
        free.forEach((size, pieces) -> bytes -= (long) size * pieces.size() * bytesPerElement);
        free.clear();
    }
}
