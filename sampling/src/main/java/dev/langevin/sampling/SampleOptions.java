package dev.langevin.sampling;

import dev.langevin.engine.InputException;

/**
 * How to sample.
 *
 * @param steps number of predictor steps, at least 1
 * @param seed of all noise
 * @param firstImage index of the batch's first image in the whole run, at least 0
 * @param listener is told of every state
 */
public record SampleOptions(int steps, long seed, int firstImage, SampleListener listener) {

    public SampleOptions {
        if (steps < 1 || firstImage < 0) {
            throw new InputException("sampling: expected steps >= 1 and a first image >= 0, got " + steps + " and "
                    + firstImage);
        }
    }

    /** Images from 0 on, with nobody listening. */
    public static SampleOptions of(int steps, long seed) {
        return new SampleOptions(steps, seed, 0, (step, of, t, x) -> { });
    }

    public SampleOptions withFirstImage(int firstImage) {
        return new SampleOptions(steps, seed, firstImage, listener);
    }

    public SampleOptions withListener(SampleListener listener) {
        return new SampleOptions(steps, seed, firstImage, listener);
    }
}
