package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/** y = a - b. */
public record Sub() implements Binary {
    @Override
    public double apply(double a, double b) {
        return a - b;
    }

    @Override
    public Tensor stretchedGradient(int i, GradientContext c) {
        return i == 0 ? c.dout() : c.dout().neg();
    }
}
