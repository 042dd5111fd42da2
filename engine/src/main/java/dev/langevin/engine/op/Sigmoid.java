package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = 1 / (1 + exp(-x)). */
public record Sigmoid() implements Unary {
    @Override
    public double apply(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.out().mul(c.out().neg().add(1)));
    }
}
