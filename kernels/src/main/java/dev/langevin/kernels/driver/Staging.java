package dev.langevin.kernels.driver;

import java.nio.ByteBuffer;

/**
 * Uploads from ordinary memory go through two page-locked buffers in turn, so the host waits only for the copy before
 * the last. (Whether the driver has read ordinary memory when an asynchronous copy returns depends on the machine.)
 */
final class Staging {
    private static final int BYTES = 4 << 20;

    /** What copies from page-locked memory. */
    interface Upload {
        void run(long target, ByteBuffer pinned);
    }

    private final ByteBuffer[] buffers = new ByteBuffer[2];
    private final long[] marks = new long[2];
    private final DriverRuntime runtime;
    private int next;

    Staging(DriverRuntime runtime) {
        this.runtime = runtime;
    }

    void upload(long target, ByteBuffer source, Upload upload) {
        int from = source.position();
        while (from < source.limit()) {
            int bytes = Math.min(BYTES, source.limit() - from);
            if (buffers[next] == null) {
                buffers[next] = runtime.pinned(BYTES);
            } else {
                runtime.await(marks[next]);
            }
            ByteBuffer buffer = buffers[next].clear().limit(bytes);
            buffer.put(0, source, from, bytes);
            upload.run(target + from - source.position(), buffer);
            marks[next] = runtime.mark();
            next ^= 1;
            from += bytes;
        }
    }
}
