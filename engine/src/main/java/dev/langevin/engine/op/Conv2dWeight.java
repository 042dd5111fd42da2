package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * The adjoint of {@link Conv2d} in w: inputs x (N, H, W, I) and dy (N, H', W', O), output (O, kh, kw, I).
 *
 * @param kernelHeight kh
 * @param kernelWidth kw
 */
public record Conv2dWeight(int stride, int padding, int kernelHeight, int kernelWidth) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        Conv2d conv = new Conv2d(stride, padding);
        conv.check(this, in);
        if (in.length != 2 || in[0].rank() != 4 || in[1].rank() != 4 || in[0].dim(0) != in[1].dim(0)
                || conv.length(in[0].dim(1), kernelHeight) != in[1].dim(1)
                || conv.length(in[0].dim(2), kernelWidth) != in[1].dim(2)) {
            throw new ShapeException(name() + " (stride " + stride + ", padding " + padding + ")",
                    "x (N, H, W, I) and dy (N, H', W', O)", in);
        }
        return Shape.of(in[1].dim(3), kernelHeight, kernelWidth, in[0].dim(3)).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        Shape x = c.in(0).shape();
        return i == 0
                ? new Conv2dInput(stride, padding, x.dim(1), x.dim(2)).apply(c.in(1), c.dout())
                : new Conv2d(stride, padding).apply(c.in(0), c.dout());
    }
}
