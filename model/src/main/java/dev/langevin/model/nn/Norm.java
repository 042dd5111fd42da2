package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.GroupNorm;
import dev.langevin.engine.op.GroupNormSilu;
import dev.langevin.engine.op.ModulatedGroupNormSilu;

/** Group normalisation with a scale and a shift for each channel, alone or followed by SiLU. */
public final class Norm {
    private static final double EPS = 1e-5;

    private final Tensor weight; // (C)
    private final Tensor bias;   // (C)
    private final GroupNorm op;
    private final GroupNormSilu silu;

    public Norm(Parameters p, int channels, int groups) {
        this.weight = p.constant("weight", Shape.of(channels), 1);
        this.bias = p.constant("bias", Shape.of(channels), 0);
        this.op = new GroupNorm(groups, EPS);
        this.silu = new GroupNormSilu(groups, EPS);
    }

    /** (N, ..., C) to the same shape. */
    public Tensor apply(Tensor x) {
        return op.apply(x, weight, bias);
    }

    /** SiLU of {@link #apply}. */
    public Tensor silu(Tensor x) {
        return silu.apply(x, weight, bias);
    }

    /** As {@link #silu}, with e (N, C) or (N, 2 C) in the way that {@code form} says. */
    Tensor silu(Tensor x, Tensor e, ModulatedGroupNormSilu.Form form) {
        return new ModulatedGroupNormSilu(op.groups(), EPS, form).apply(x, weight, bias, e);
    }
}
