package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** Moves images at a fixed time towards the density of that time. */
public interface Corrector {

    /** The name by which {@link Samplers} knows it. */
    String name();

    /**
     * @param x (N, ...): images at time t
     * @param t in (0, T)
     * @param dt length of the predictor's step that led to t, above 0
     * @param noise of this step
     * @return images at time t, shape of x
     */
    Tensor correct(ScoreFunction score, Sde sde, Tensor x, double t, double dt, Noise noise);
}
