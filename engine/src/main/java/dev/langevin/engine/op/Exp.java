package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = exp(x). */
public record Exp() implements Unary {
    @Override
    public double apply(double x) {
        return Math.exp(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.out());
    }
}
