package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** y = x w^T + b: inputs x (..., I), w (O, I) and, if there is a bias, b (O); output (..., O). */
public record Linear() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length < 2 || in.length > 3 || in[0].rank() < 1 || in[1].rank() != 2 || in[0].dim(-1) != in[1].dim(1)
                || in.length == 3 && !in[2].isVector(in[1].dim(0))) {
            throw new ShapeException(name(), "x (..., I), w (O, I) and perhaps b (O)", in);
        }
        return in[0].with(-1, in[1].dim(0)).alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor y = new MatMul(false, true).apply(rows(in[0]), in[1]);
        y = in.length == 3 ? y.add(in[2]) : y;
        return new Tensor[] {y.reshape(in[0].shape().with(-1, in[1].dim(0)))};
    }

    @Override
    public Tensor[] gradients(GradientContext c) {
        Tensor dy = rows(c.dout());
        Tensor[] din = new Tensor[c.inputs()];
        if (c.needs(0)) {
            Tensor dx = dy.matmul(c.in(1));
            din[0] = c.in(0).rank() == 2 ? dx : dx.reshape(c.in(0).shape());
        }
        if (c.needs(1)) {
            din[1] = new MatMul(true, false).apply(dy, rows(c.in(0)));
        }
        if (c.inputs() == 3 && c.needs(2)) {
            din[2] = dy.sumTo(c.in(2).shape());
        }
        return din;
    }

    private static Tensor rows(Tensor x) {
        return x.rank() == 2 ? x : x.reshape(-1, x.dim(-1));
    }
}
