package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** y_i = exp(x_i - max x) / sum_j exp(x_j - max x) over the last axis. */
public record Softmax() implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() < 1) {
            throw new ShapeException(name(), "one input with a last axis", in);
        }
        return in;
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        // The shift cancels in value and in every derivative, so the maximum needs no gradient.
        Tensor e = in[0].sub(in[0].detach().maxKeep(-1)).exp();
        return new Tensor[] {e.div(e.sumKeep(-1))};
    }

    /** dx = y (dy - sum_j dy_j y_j). */
    @Override
    public Tensor[] gradients(GradientContext c) {
        Tensor y = c.out();
        return new Tensor[] {c.dout().sub(c.dout().mul(y).sumKeep(-1)).mul(y)};
    }
}
