package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = x^2. */
public record Square() implements Unary {
    @Override
    public double apply(double x) {
        return x * x;
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.in(0)).mul(2);
    }
}
