package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = |x|; the derivative at 0 is 0. */
public record Abs() implements Unary {
    @Override
    public double apply(double x) {
        return Math.abs(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.in(0).greater(Tensor.scalar(0)).sub(Tensor.scalar(0).greater(c.in(0))));
    }
}
