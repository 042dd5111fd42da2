package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = exp(x) - 1, without cancellation near 0. */
public record Expm1() implements Unary {
    @Override
    public double apply(double x) {
        return Math.expm1(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.out().add(1));
    }
}
