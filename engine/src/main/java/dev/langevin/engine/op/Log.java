package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = ln(x). */
public record Log() implements Unary {
    @Override
    public double apply(double x) {
        return Math.log(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().div(c.in(0));
    }
}
