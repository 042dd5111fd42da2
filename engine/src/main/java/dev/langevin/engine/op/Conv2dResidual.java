package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * y = conv(x, w, b) + z, the end of a residual block: inputs x, w and b as in {@link Conv2d}, and z of the output's
 * shape. Convolution libraries add z on the way, which saves a pass over the output.
 */
public record Conv2dResidual(int stride, int padding) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 4) {
            throw new ShapeException(name(), "x (N, H, W, I), w (O, kh, kw, I), b (O) and z (N, H', W', O)", in);
        }
        Shape[] y = conv().shapes(in[0], in[1], in[2]);
        if (!y[0].equals(in[3])) {
            throw new ShapeException(name(), "z of the convolution's shape " + y[0], in);
        }
        return y;
    }

    private Conv2d conv() {
        return new Conv2d(stride, padding);
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {conv().apply(in[0], in[1], in[2]).add(in[3])};
    }

    /** Those of the convolution, and dz = dy. */
    @Override
    public Tensor[] gradients(GradientContext c) {
        Tensor[] din = new Tensor[4];
        for (int i = 0; i < 3; i++) {
            din[i] = c.needs(i) ? conv().gradient(i, c) : null;
        }
        din[3] = c.dout();
        return din;
    }
}
