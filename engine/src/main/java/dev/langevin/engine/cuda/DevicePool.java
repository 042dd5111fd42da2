package dev.langevin.engine.cuda;

import dev.langevin.engine.LangevinException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Pieces of device memory by size. A piece that was given back may be handed out at once, while kernels that use it
 * are still to run: there is one stream, and what the next owner issues comes after them.
 *
 * <p>That hides what a kernel does past the end of a piece, or reads in one before it writes. Where accesses are checked, by
 * the emulator or by NVIDIA's sanitizer, pieces are therefore exact: as long as asked for, and new each time.
 */
class DevicePool {
    /** Sizes are rounded up to this many units of 4 bytes, 256 bytes: the alignment of every piece. */
    private static final int STEP = 64;

    private final CudaBackend backend;
    private final boolean exact;
    private final Map<Integer, ArrayDeque<DeviceStorage>> free = new HashMap<>();
    private final Set<DeviceStorage> all = Collections.newSetFromMap(new IdentityHashMap<>());
    private long bytes;

    /** @param exact whether pieces are neither rounded up nor used again */
    DevicePool(CudaBackend backend, boolean exact) {
        this.backend = backend;
        this.exact = exact;
    }

    boolean exact() {
        return exact;
    }

    /** A piece of at least {@code units} times 4 bytes. */
    DeviceStorage take(int units) {
        long rounded = rounded(units);
        if (rounded > Integer.MAX_VALUE - STEP) {
            throw new LangevinException("a tensor of " + units + " elements is too large for the cuda backend");
        }
        ArrayDeque<DeviceStorage> pieces = free.get((int) rounded);
        if (pieces != null && !pieces.isEmpty()) {
            return pieces.pop();
        }
        long size = rounded * 4;
        long address;
        try {
            address = backend.runtime().allocate(size);
        } catch (OutOfMemoryError full) {
            trim();
            try {
                address = backend.runtime().allocate(size);
            } catch (OutOfMemoryError e) {
                throw new LangevinException("out of device memory: " + (backend.bytesHeld() >> 20) + " MiB in tensors, " + (size >> 20)
                        + " MiB more are needed; use a smaller batch or network, or --precision bf16", e);
            }
        }
        hold(size);
        DeviceStorage piece = new DeviceStorage(backend, this, address, (int) rounded);
        all.add(piece);
        return piece;
    }

    long rounded(int units) {
        return exact ? units : (units + STEP - 1L) / STEP * STEP;
    }

    void give(DeviceStorage piece) {
        piece.address = piece.piece;
        if (exact) {
            all.remove(piece);
            release(piece);
            return;
        }
        free.computeIfAbsent(piece.size(), k -> new ArrayDeque<>()).push(piece);
    }

    long bytes() {
        return bytes;
    }

    /** Returns free pieces to the device. */
    void trim() {
        List<DeviceStorage> idle = new ArrayList<>();
        free.values().forEach(idle::addAll);
        free.clear();
        idle.forEach(this::release);
        idle.forEach(all::remove);
    }

    /** Returns every piece to the device, also those in use. */
    void close() {
        all.forEach(this::release);
        all.clear();
        free.clear();
    }

    private void release(DeviceStorage piece) {
        backend.runtime().free(piece.piece);
        hold(-4L * piece.size());
    }

    private void hold(long size) {
        bytes += size;
        backend.hold(size);
    }
}
