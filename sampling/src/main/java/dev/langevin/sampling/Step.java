package dev.langevin.sampling;

import dev.langevin.engine.Tensor;

/**
 * What a sampler's step leads to, and the one place where its arithmetic is done.
 *
 * @param x the new state, noise included; (N, ...)
 * @param mean the new state without the noise that this step added; the same tensor where it adds none
 */
public record Step(Tensor x, Tensor mean) {

    /** mean = a x + b score, without noise. */
    public static Step deterministic(Tensor x, double a, Tensor score, double b) {
        Tensor mean = x.mul(a).add(score.mul(b));
        return new Step(mean, mean);
    }

    /**
     * mean = a x + b score, x' = mean + c noise.
     *
     * @param noise standard normal, shape of x
     */
    public static Step stochastic(Tensor x, double a, Tensor score, double b, Tensor noise, double c) {
        Tensor mean = x.mul(a).add(score.mul(b));
        return new Step(mean.add(noise.mul(c)), mean);
    }

    /**
     * One step of Langevin dynamics with a step size for each image: mean = x + eps score, x' = mean + sqrt(2 eps) noise.
     *
     * @param size eps, (N, 1, ...), at least 0
     * @param noise standard normal, shape of x
     */
    public static Step langevin(Tensor x, Tensor score, Tensor size, Tensor noise) {
        Tensor mean = x.add(score.mul(size));
        return new Step(mean.add(noise.mul(size.mul(2).sqrt())), mean);
    }
}
