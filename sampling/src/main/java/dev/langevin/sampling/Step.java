package dev.langevin.sampling;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.random.RandomKey;
import java.util.function.Supplier;

/**
 * What a sampler's step leads to, and the one place where its arithmetic is done. Either result is computed when it is
 * asked for, so that a step which is not the last never computes its mean.
 */
public final class Step {
    private final Supplier<Tensor> x;
    private final Supplier<Tensor> mean;

    private Step(Supplier<Tensor> x, Supplier<Tensor> mean) {
        this.x = x;
        this.mean = mean;
    }

    /** A step that adds no noise. */
    public static Step to(Tensor x) {
        return new Step(() -> x, () -> x);
    }

    /**
     * A step whose two results are computed apart, each when it is asked for.
     *
     * @param x the new state, noise included
     * @param mean the new state without noise
     */
    public static Step of(Supplier<Tensor> x, Supplier<Tensor> mean) {
        return new Step(x, mean);
    }

    /** mean = a x + b score, without noise. */
    public static Step deterministic(Tensor x, double a, Tensor score, double b) {
        Supplier<Tensor> mean = () -> x.mul(a).add(score.mul(b));
        return new Step(mean, mean);
    }

    /**
     * mean = a x + b score, x' = mean + c z.
     *
     * @param noise names z, standard normal of x's shape
     */
    public static Step stochastic(Tensor x, double a, Tensor score, double b, RandomKey noise, double c) {
        Shape images = Shape.of(x.dim(0));
        return new Step(() -> new AffineNoise(noise).apply(x, score, Tensor.full(images, a), Tensor.full(images, b), Tensor.full(images, c)),
                () -> x.mul(a).add(score.mul(b)));
    }

    /**
     * One step of Langevin dynamics, x' = x + eps score + sqrt(2 eps) z, with eps = factor |z|^2 / |score|^2 of each
     * image; 0 for an image whose score is 0.
     *
     * @param factor at least 0
     * @param noise names z, standard normal of x's shape
     */
    public static Tensor langevin(Tensor x, Tensor score, double factor, RandomKey noise) {
        return new LangevinStep(factor, noise).apply(x, score);
    }

    /** The new state (N, ...), noise included. */
    public Tensor x() {
        return x.get();
    }

    /** The new state without the noise that this step adds. */
    public Tensor mean() {
        return mean.get();
    }
}
