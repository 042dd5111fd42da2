package dev.langevin.model.score;

import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;

/** Tweedie's formula: the posterior mean of the clean image, from the score of the noisy one. */
public final class Tweedie {
    private Tweedie() {
    }

    /**
     * E[x(0) | x(t) = x] = (x + s(t)^2 score(x, t)) / a(t), the least-squares denoiser (Robbins 1956; Efron 2011).
     *
     * @param x (N, ...): images at time t
     * @param t in (0, T]
     * @return shape of x
     */
    public static Tensor denoise(ScoreFunction score, Sde sde, Tensor x, double t) {
        double std = sde.std(t);
        return x.add(score.score(x, t).mul(std * std)).mul(1 / sde.meanCoefficient(t));
    }
}
