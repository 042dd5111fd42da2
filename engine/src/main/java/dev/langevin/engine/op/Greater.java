package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = 1 where a > b, else 0; its derivative is 0. */
public record Greater() implements Binary {
    @Override
    public double apply(double a, double b) {
        return a > b ? 1 : 0;
    }

    @Override
    public Tensor stretchedGradient(int i, GradientContext c) {
        return null;
    }
}
