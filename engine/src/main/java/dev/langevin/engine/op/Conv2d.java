package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * Cross-correlation, the convolution of neural networks: inputs x (N, H, W, I), w (O, kh, kw, I) and, if there is a
 * bias, b (O); output (N, H', W', O) with
 * y[n,i,j,o] = b[o] + sum x[n, i stride + p - padding, j stride + q - padding, c] w[o,p,q,c], zeros outside,
 * H' = (H + 2 padding - kh) / stride + 1 rounded down.
 *
 * <p>With {@link Conv2dInput} and {@link Conv2dWeight} this op is closed under differentiation: it is trilinear, and
 * each of the three is the adjoint of another.
 */
public record Conv2d(int stride, int padding) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        check(this, in);
        if (in.length < 2 || in.length > 3 || in[0].rank() != 4 || in[1].rank() != 4 || in[0].dim(3) != in[1].dim(3)
                || in.length == 3 && !in[2].isVector(in[1].dim(0))
                || length(in[0].dim(1), in[1].dim(1)) < 1 || length(in[0].dim(2), in[1].dim(2)) < 1) {
            throw new ShapeException(name() + " (stride " + stride + ", padding " + padding + ")",
                    "x (N, H, W, I), w (O, kh, kw, I) no larger than the padded image, and perhaps b (O)", in);
        }
        return Shape.of(in[0].dim(0), length(in[0].dim(1), in[1].dim(1)),
                length(in[0].dim(2), in[1].dim(2)), in[1].dim(0)).alone();
    }

    /** Refuses settings that no convolution has. */
    void check(Op op, Shape... in) {
        if (stride < 1 || padding < 0) {
            throw new ShapeException(op.name() + " (stride " + stride + ", padding " + padding + ")",
                    "a stride of at least 1 and a padding of at least 0", in);
        }
    }

    /** Output length for an input length and a kernel length. */
    int length(int in, int kernel) {
        return Math.floorDiv(in + 2 * padding - kernel, stride) + 1;
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        Shape x = c.in(0).shape();
        Shape w = c.in(1).shape();
        return switch (i) {
            case 0 -> new Conv2dInput(stride, padding, x.dim(1), x.dim(2)).apply(c.dout(), c.in(1));
            case 1 -> new Conv2dWeight(stride, padding, w.dim(1), w.dim(2)).apply(c.in(0), c.dout());
            default -> c.dout().sumTo(c.in(i).shape());
        };
    }
}
