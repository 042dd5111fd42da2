package dev.langevin.engine.cuda;

import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;

/** To the device at once, counting the numbers that come from the host: how large a row {@link RecordingIssue} needs. */
final class CountingIssue extends EagerIssue {
    private static final int ALIGNMENT = 256;

    private long bytes = ALIGNMENT;

    CountingIssue(CudaRuntime runtime, DenseMath dense) {
        super(runtime, dense);
    }

    /** Bytes of a row that holds them all, however they are aligned. */
    int rowBytes() {
        return Math.toIntExact((bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    @Override
    public void launch(Kernel kernel, Grid grid, ByteBuffer arguments, int[] values, int count) {
        bytes += (long) count * Float.BYTES;
        super.launch(kernel, grid, arguments, values, count);
    }

    @Override
    public void upload(DeviceStorage target, ByteBuffer float32) {
        bytes += float32.remaining() + ALIGNMENT;
        super.upload(target, float32);
    }
}
