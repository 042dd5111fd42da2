package dev.langevin.sampling;

import dev.langevin.engine.Tensor;

/** Is told of every state that a sampler passes through: for progress, and for snapshots along the way. */
@FunctionalInterface
public interface SampleListener {

    /**
     * @param step steps done so far: 0 for the start, {@code steps} for the result
     * @param steps how many there will be
     * @param t the time that x is at
     * @param x (N, ...): the state; valid only during the call
     */
    void at(int step, int steps, double t, Tensor x);

    /** Tells both. */
    default SampleListener and(SampleListener other) {
        return (step, steps, t, x) -> {
            at(step, steps, t, x);
            other.at(step, steps, t, x);
        };
    }
}
