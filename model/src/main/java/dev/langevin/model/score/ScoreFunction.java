package dev.langevin.model.score;

import dev.langevin.engine.Tensor;

/**
 * The score s(x, t) = gradient with respect to x of ln p_t(x), where p_t is the density of x(t) under some SDE. Samplers
 * take this and never see where it comes from: a network, an analytic density, or guidance made of other scores.
 */
@FunctionalInterface
public interface ScoreFunction {

    /**
     * @param x (N, ...): N images, all at the same time
     * @param t in (0, T] of the SDE
     * @return the score, shape of x, in the current scope
     */
    Tensor score(Tensor x, double t);
}
