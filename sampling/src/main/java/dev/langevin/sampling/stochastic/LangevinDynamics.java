package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;

/**
 * Unadjusted Langevin dynamics with a constant step at a fixed time, x' = x + eps score(x, t) + sqrt(2 eps) z: Euler-Maruyama on
 * dx = score dt + sqrt(2) dw, whose stationary density is p_t. All Langevin steps of this package count eps in this way. The other
 * convention, x' = x + (alpha / 2) score + sqrt(alpha) z, is the same with alpha = 2 eps: {@link #ofNoiseVariance}.
 *
 * <p>The step has a bias: N(m, C) comes out with variance C / (1 - eps / (2 C)). Between modes that are far apart it does not
 * cross in any number of steps, so that their shares remain those of the start; {@link AnnealedLangevin} is the cure.
 *
 * @param eps above 0, in units of x squared; below 2 C for the smallest variance C of the density, where it becomes unstable
 */
public record LangevinDynamics(double eps) {

    public LangevinDynamics {
        if (!(eps > 0 && Double.isFinite(eps))) {
            throw new InputException("Langevin dynamics: expected a step above 0, got " + eps);
        }
    }

    /** The convention x' = x + (alpha / 2) score + sqrt(alpha) z (Welling &amp; Teh 2011; Song &amp; Ermon 2019). */
    public static LangevinDynamics ofNoiseVariance(double alpha) {
        return new LangevinDynamics(0.5 * alpha);
    }

    /**
     * One step.
     *
     * @param x (N, ...)
     * @param noise names z, standard normal of x's shape
     * @return shape of x, in the current scope
     */
    public Tensor step(ScoreFunction score, Tensor x, double t, RandomKey noise) {
        return Step.stochastic(x, 1, score.score(x, t), eps, noise, Math.sqrt(2 * eps)).x();
    }

    /**
     * {@code steps} steps.
     *
     * @param start (N, ...); not changed
     * @param steps at least 0
     * @param seed of the noise
     * @param firstImage index of the first image in the whole run
     * @return shape of start, in the current scope
     */
    public Tensor run(ScoreFunction score, Tensor start, double t, int steps, long seed, int firstImage) {
        return Autograd.noGrad(() -> {
            Tensor x = start.add(0);
            try (Repeated repeated = Scope.current().backend().repeated(i -> {
                try (Scope scope = Scope.open()) {
                    new Assign().apply(x, step(score, x, t, new Noise(seed, firstImage, (int) i).key(Purpose.PREDICTOR)));
                }
            })) {
                for (int i = 0; i < steps; i++) {
                    repeated.run(i);
                }
            }
            return x;
        });
    }
}
