package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = scale x + shift, with host constants. */
public record Affine(double scale, double shift) implements Unary {
    @Override
    public double apply(double x) {
        return scale * x + shift;
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return scale == 1 ? c.dout() : c.dout().mul(scale);
    }
}
