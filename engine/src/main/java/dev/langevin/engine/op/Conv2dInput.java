package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * The adjoint of {@link Conv2d} in x, which is the transposed convolution: inputs dy (N, H', W', O),
 * w (O, kh, kw, I) and, if there is a bias, b (I); output (N, height, width, I).
 *
 * @param height H of the convolution's input
 * @param width W of the convolution's input
 */
public record Conv2dInput(int stride, int padding, int height, int width) implements Op {
    /** The transposed convolution of an image (N, H, W, I) with w (I, kh, kw, O): H' = (H - 1) stride - 2 padding + kh. */
    public static Conv2dInput transposed(Shape x, Shape w, int stride, int padding) {
        if (x.rank() != 4 || w.rank() != 4) {
            throw new ShapeException("convTranspose2d", "x (N, H, W, I) and w (I, kh, kw, O)", x, w);
        }
        return new Conv2dInput(stride, padding, (x.dim(1) - 1) * stride - 2 * padding + w.dim(1),
                (x.dim(2) - 1) * stride - 2 * padding + w.dim(2));
    }

    @Override
    public Shape[] shapes(Shape... in) {
        Conv2d conv = new Conv2d(stride, padding);
        conv.check(this, in);
        if (in.length < 2 || in.length > 3 || in[0].rank() != 4 || in[1].rank() != 4 || in[0].dim(3) != in[1].dim(0)
                || in.length == 3 && !in[2].isVector(in[1].dim(3))
                || conv.length(height, in[1].dim(1)) != in[0].dim(1) || conv.length(width, in[1].dim(2)) != in[0].dim(2)) {
            throw new ShapeException(name() + " (stride " + stride + ", padding " + padding + ", to " + height + "x" + width + ")",
                    "dy (N, H', W', O), w (O, kh, kw, I) and perhaps b (I)", in);
        }
        return Shape.of(in[0].dim(0), height, width, in[1].dim(3)).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        Shape w = c.in(1).shape();
        return switch (i) {
            case 0 -> new Conv2d(stride, padding).apply(c.dout(), c.in(1));
            case 1 -> new Conv2dWeight(stride, padding, w.dim(1), w.dim(2)).apply(c.dout(), c.in(0));
            default -> c.dout().sumTo(c.in(i).shape());
        };
    }
}
