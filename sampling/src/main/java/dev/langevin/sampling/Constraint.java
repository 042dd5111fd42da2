package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * What is known of the image beforehand, put into the state after every step of a sampler: at the start, at each time of its
 * {@link TimeGrid}, and at the end, where nothing is noisy any longer.
 */
@FunctionalInterface
public interface Constraint {

    /** Nothing is known. */
    Constraint NONE = (x, a, s, noise) -> x;

    /**
     * @param x (N, ...): the state
     * @param a a(t) at its time; 1 at the end
     * @param s s(t) at its time; 0 at the end
     * @param noise names standard normal noise of x's shape, to be given the known part
     * @return the state with a y + s z in its known part, where y is what is known; shape of x, in the current scope
     */
    Tensor apply(Tensor x, double a, double s, RandomKey noise);
}
