package dev.langevin.sampling;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** Draws images from the density whose score it is given. */
public interface Sampler {

    /** The name by which {@link Samplers} knows it. */
    String name();

    /** The times that it visits unless the options say otherwise. */
    default Schedule schedule() {
        return Schedules.UNIFORM;
    }

    /** Order with which it converges to the exact probability-flow ODE; 0 for a stochastic method, and one of adaptive steps. */
    default int order() {
        return 0;
    }

    /** Order with which the moments of its images converge to those of the exact process; 1 where that is not known. */
    default int weakOrder() {
        return Math.max(1, order());
    }

    /** Whether it chooses its steps itself: the options' steps and schedule then mean nothing. */
    default boolean adaptive() {
        return false;
    }

    /**
     * Follows the reverse process from time {@code from} to the end of its grid: the SDE's sampling epsilon, or 0.
     *
     * @param x (N, ...): images at time {@code from}; not changed
     * @param from in (samplingEpsilon, T]
     * @return images at the end of the grid, shape of x, in the current scope
     */
    Tensor run(ScoreFunction score, Sde sde, Tensor x, double from, SampleOptions options);

    /**
     * Draws from the prior N(0, priorStd^2 I) and follows the reverse process from T.
     *
     * @param shape (N, ...)
     * @return images, in the current scope
     */
    default Tensor sample(ScoreFunction score, Sde sde, Shape shape, SampleOptions options) {
        Noise noise = new Noise(options.seed(), options.firstImage(), 0);
        Tensor prior = noise.normal(Purpose.PRIOR, shape).mul(sde.priorStd());
        return run(score, sde, prior, sde.endTime(), options);
    }
}
