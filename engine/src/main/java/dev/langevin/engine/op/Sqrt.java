package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = sqrt(x). */
public record Sqrt() implements Unary {
    @Override
    public double apply(double x) {
        return Math.sqrt(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().div(c.out()).mul(0.5);
    }
}
