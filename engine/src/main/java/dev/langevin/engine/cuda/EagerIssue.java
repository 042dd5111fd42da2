package dev.langevin.engine.cuda;

import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;

/** To the device at once. */
class EagerIssue implements Issue {
    final CudaRuntime runtime;
    private final DenseMath dense;
    private long issued;

    EagerIssue(CudaRuntime runtime, DenseMath dense) {
        this.runtime = runtime;
        this.dense = dense;
    }

    /** How much was issued so far that changes what is on the device. */
    final long issued() {
        return issued;
    }

    @Override
    public void launch(Kernel kernel, Grid grid, ByteBuffer arguments, int[] values, int count) {
        issued++;
        runtime.launch(kernel, grid, arguments);
    }

    @Override
    public void copy(long target, long source, long bytes) {
        if (bytes > 0) {
            issued++;
            runtime.copy(target, source, bytes);
        }
    }

    @Override
    public void zero(long target, long bytes) {
        if (bytes > 0) {
            issued++;
            runtime.zero(target, bytes);
        }
    }

    @Override
    public void upload(DeviceStorage target, ByteBuffer float32) {
        if (float32.hasRemaining()) {
            issued++;
            runtime.upload(target.address, float32);
        }
    }

    @Override
    public void download(ByteBuffer target, long source) {
        runtime.download(target, source);
    }

    @Override
    public void gemm(DenseMath.Gemm shape, long a, long b, long c) {
        issued++;
        dense.gemm(shape, a, b, c);
    }

    @Override
    public void convForward(DenseMath.Conv shape, long x, long w, long bias, long residual, long y) {
        issued++;
        dense.forward(shape, x, w, bias, residual, y);
    }

    @Override
    public void convBackwardData(DenseMath.Conv shape, long dy, long w, long dx) {
        issued++;
        dense.backwardData(shape, dy, w, dx);
    }

    @Override
    public void convBackwardFilter(DenseMath.Conv shape, long x, long dy, long dw) {
        issued++;
        dense.backwardFilter(shape, x, dy, dw);
    }
}
