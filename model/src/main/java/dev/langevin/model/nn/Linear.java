package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/** y = x w^T + b. */
public final class Linear {
    private final Tensor weight; // (O, I)
    private final Tensor bias;   // (O)

    public Linear(Parameters p, int in, int out) {
        weight = p.uniform("weight", Shape.of(out, in), in);
        bias = p.uniform("bias", Shape.of(out), in);
    }

    /** (..., I) to (..., O). */
    public Tensor apply(Tensor x) {
        return x.linear(weight, bias);
    }
}
