package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = tanh(x). */
public record Tanh() implements Unary {
    @Override
    public double apply(double x) {
        return Math.tanh(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.out().square().neg().add(1));
    }
}
