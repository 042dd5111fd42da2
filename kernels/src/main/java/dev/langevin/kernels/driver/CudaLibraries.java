package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import java.util.Set;
import java.util.TreeSet;

/**
 * Matrix products by cuBLAS and convolutions by cuDNN. A convolution that cuDNN does not do is done by
 * {@link LoweredConvolution} on cuBLAS; {@link #description} lists those.
 */
public final class CudaLibraries implements DenseMath {
    private final Blas blas;
    private final Dnn dnn;
    private final Workspace workspace;
    private final LoweredConvolution lowered;
    private final Set<String> withoutDnn = new TreeSet<>();

    /**
     * For work in a runtime's stream.
     *
     * @param tf32 whether matrix products and convolutions of float32 may round their inputs to TF32 (11 significant bits);
     *     else float32 is multiplied and added as such
     * @param deterministic whether the same call gives the same bits in every run; else convolutions take the algorithm
     *     that was fastest when it was tried
     * @param dnn whether to use cuDNN
     */
    public CudaLibraries(DriverRuntime runtime, boolean tf32, boolean deterministic, boolean dnn) {
        this.blas = new Blas(runtime, tf32);
        this.workspace = new Workspace(runtime);
        this.lowered = new LoweredConvolution(runtime, blas, workspace);
        try {
            this.dnn = dnn ? new Dnn(runtime, workspace, tf32, deterministic) : null;
        } catch (CudaException e) {
            blas.close();
            throw e;
        }
    }

    @Override
    public void gemm(Gemm shape, long a, long b, long c) {
        blas.gemm(shape, shape.type(), a, b, c);
    }

    @Override
    public void forward(Conv shape, long x, long w, long bias, long residual, long y) {
        Dnn.Done done = dnn == null ? Dnn.Done.NOTHING : dnn.forward(shape, x, w, bias, residual, y);
        if (done == Dnn.Done.NOTHING) {
            note("forward", shape);
            lowered.forward(shape, x, w, bias, residual, y);
        } else if (done == Dnn.Done.CONVOLUTION && (bias != 0 || residual != 0)) {
            lowered.add(shape, bias, residual, y);
        }
    }

    @Override
    public void backwardData(Conv shape, long dy, long w, long dx) {
        if (dnn == null || !dnn.backwardData(shape, dy, w, dx)) {
            note("backward-data", shape);
            lowered.backwardData(shape, dy, w, dx);
        }
    }

    @Override
    public void backwardFilter(Conv shape, long x, long dy, long dw) {
        if (dnn == null || !dnn.backwardFilter(shape, x, dy, dw)) {
            note("backward-filter", shape);
            lowered.backwardFilter(shape, x, dy, dw);
        }
    }

    private void note(String direction, Conv c) {
        if (dnn != null) {
            withoutDnn.add(direction + " " + c.n() + "x" + c.h() + "x" + c.w() + "x" + c.c() + " to " + c.k() + " by " + c.r() + "x" + c.s()
                    + (c.stride() == 1 ? "" : " stride " + c.stride()) + (c.type() == DType.F32 ? "" : " " + c.type().suffix()));
        }
    }

    @Override
    public String description() {
        return "cuBLAS " + blas.version() + (dnn == null ? ", convolutions as matrix products" : ", cuDNN " + dnn.version())
                + (withoutDnn.isEmpty() ? "" : ", without it: " + String.join(", ", withoutDnn));
    }

    @Override
    public void close() {
        if (dnn != null) {
            dnn.close();
        }
        workspace.close();
        blas.close();
    }
}
