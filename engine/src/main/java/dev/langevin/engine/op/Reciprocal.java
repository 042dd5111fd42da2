package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = 1/x. */
public record Reciprocal() implements Unary {
    @Override
    public double apply(double x) {
        return 1 / x;
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.out().square()).neg();
    }
}
