package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** Carries images from one time to an earlier one: one step of a solver for the reverse SDE or the probability-flow ODE. */
public interface Predictor {

    /** The name by which {@link Samplers} knows it. */
    String name();

    /** The times that it visits unless asked otherwise. */
    default Schedule schedule() {
        return Schedules.UNIFORM;
    }

    /** Order with which it converges to the exact probability-flow ODE; 0 for a stochastic method. */
    default int order() {
        return 0;
    }

    /** Order with which the moments of its images converge to those of the exact process. */
    default int weakOrder() {
        return Math.max(1, order());
    }

    /**
     * @param x (N, ...): images at time t
     * @param t where x is, in (0, T]
     * @param tNext where to go, in (0, t); a method of the ODE, whose order is above 0, goes up as well, to tNext in (t, T]
     * @param noise of this step
     */
    Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise);
}
