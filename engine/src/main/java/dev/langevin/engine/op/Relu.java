package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = max(x, 0); the derivative at 0 is 0. */
public record Relu() implements Unary {
    @Override
    public double apply(double x) {
        return Math.max(x, 0);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.in(0).greater(Tensor.scalar(0)));
    }
}
