package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = cos(x), x in radians. */
public record Cos() implements Unary {
    @Override
    public double apply(double x) {
        return Math.cos(x);
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().mul(c.in(0).sin()).neg();
    }
}
