package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
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

    /** The address of that many bytes, 0 for none. */
    long at(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        if (bytes > size) {
            long most = Math.max(LEAST, Math.max(bytes, 2 * size));
            try {
                grow(most);
            } catch (OutOfMemoryError e) {
                tight(bytes);
            }
        }
        return pieces.getLast();
    }

    private void tight(long bytes) {
        try {
            grow(bytes);
        } catch (OutOfMemoryError e) {
            throw new CudaException("out of device memory: a matrix product or convolution needs " + (bytes >> 20)
                    + " MiB to work in; use a smaller batch or network, or --precision bf16", e);
        }
    }

    private void grow(long bytes) {
        pieces.add(runtime.allocate(bytes));
        size = bytes;
    }

    void close() {
        pieces.forEach(runtime::free);
        pieces.clear();
        size = 0;
    }
}
