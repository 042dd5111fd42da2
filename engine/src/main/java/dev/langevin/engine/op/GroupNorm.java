package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * Group normalisation (Wu and He 2018): inputs x (N, ..., C), weight (C), bias (C); the channels of an image are split
 * into {@code groups} runs, each of which, over all pixels, is shifted and scaled to mean 0 and variance 1 (biased,
 * plus {@code eps}), then y = weight x^ + bias for each channel.
 */
public record GroupNorm(int groups, double eps) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        check(this, groups, in);
        return in[0].alone();
    }

    static void check(Op op, int groups, Shape... in) {
        if (in.length != 3 || !fit(groups, in)) {
            throw new ShapeException(op.name(), "x (N, ..., C), weight (C), bias (C) with C divisible by " + groups + " groups", in);
        }
    }

    /** Whether the first three are an image, a weight and a bias. */
    static boolean fit(int groups, Shape... in) {
        return in[0].rank() >= 2 && groups >= 1 && in[0].dim(-1) % groups == 0
                && in[1].isVector(in[0].dim(-1)) && in[2].equals(in[1]);
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor x = in[0];
        int n = x.dim(0);
        int c = x.dim(-1);
        Tensor grouped = x.reshape(n, -1, groups, c / groups);
        Tensor centred = grouped.sub(grouped.meanKeep(1, 3));
        Tensor deviation = centred.square().meanKeep(1, 3).add(eps).sqrt();
        return new Tensor[] {centred.div(deviation).reshape(x.shape()).mul(in[1]).add(in[2])};
    }
}
