package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dResidual;

/** Convolution with bias, of square kernels with padding that keeps the size at stride 1. */
public final class Conv {
    private final Tensor weight; // (O, k, k, I)
    private final Tensor bias;   // (O)
    private final Conv2d op;
    private final Conv2dResidual residual;

    private Conv(Tensor weight, Tensor bias, int stride) {
        this.weight = weight;
        this.bias = bias;
        this.op = new Conv2d(stride, weight.dim(1) / 2);
        this.residual = new Conv2dResidual(stride, weight.dim(1) / 2);
    }

    public static Conv of(Parameters p, int in, int out, int kernel, int stride) {
        double fanIn = in * kernel * kernel;
        return new Conv(p.uniform("weight", Shape.of(out, kernel, kernel, in), fanIn), p.uniform("bias", Shape.of(out), fanIn), stride);
    }

    /** A convolution whose weights are 0 at first, so that the block it ends starts as the identity. */
    public static Conv zero(Parameters p, int in, int out, int kernel) {
        return new Conv(p.constant("weight", Shape.of(out, kernel, kernel, in), 0), p.constant("bias", Shape.of(out), 0), 1);
    }

    /** (N, H, W, I) to (N, H/stride, W/stride, O), rounded up. */
    public Tensor apply(Tensor x) {
        return op.apply(x, weight, bias);
    }

    /** {@link #apply} of x, plus z of its shape: the end of a residual block. */
    public Tensor applyPlus(Tensor x, Tensor z) {
        return residual.apply(x, weight, bias, z);
    }
}
