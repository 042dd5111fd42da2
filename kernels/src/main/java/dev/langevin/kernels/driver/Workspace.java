package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaRuntime;
import java.util.ArrayList;
import java.util.List;

/**
 * Scratch memory that one call at a time uses; work in one stream is in order, so the next call may overwrite it. Grows
 * by doubling, and keeps what it outgrew: recorded graphs have its address.
 */
final class Workspace {
    private static final long LEAST = 1 << 20;

    private final CudaRuntime runtime;
    private final List<Long> pieces = new ArrayList<>();
    private long size;

    Workspace(CudaRuntime runtime) {
        this.runtime = runtime;
    }

    /**
     * The address of that many bytes, 0 for none.
     *
     * @throws OutOfMemoryError when the device has none left
     */
    long at(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        if (bytes > size) {
            long fresh = Math.max(LEAST, Math.max(bytes, 2 * size));
            long piece;
            try {
                piece = runtime.allocate(fresh);
            } catch (OutOfMemoryError e) {
                fresh = bytes;
                piece = runtime.allocate(fresh);
            }
            pieces.add(piece);
            size = fresh;
        }
        return pieces.getLast();
    }

    void close() {
        pieces.forEach(runtime::free);
        pieces.clear();
        size = 0;
    }
}
