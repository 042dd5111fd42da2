package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;

/**
 * How to sample.
 *
 * @param steps number of steps, at least 1
 * @param schedule how they are spread, or null for the sampler's own
 * @param seed of all noise
 * @param firstImage index of the batch's first image in the whole run, at least 0
 * @param listener is told of every state
 * @param constraint what each state must hold
 */
public record SampleOptions(int steps, Schedule schedule, long seed, int firstImage, SampleListener listener, Constraint constraint) {

    public SampleOptions {
        if (steps < 1 || firstImage < 0) {
            throw new InputException("sampling: expected steps >= 1 and a first image >= 0, got " + steps + " and "
                    + firstImage);
        }
    }

    /** Images from 0 on, with nobody listening and no constraint. */
    public static SampleOptions of(int steps, long seed) {
        return new SampleOptions(steps, null, seed, 0, (step, of, t, x) -> { }, Constraint.NONE);
    }

    public SampleOptions withFirstImage(int firstImage) {
        return new SampleOptions(steps, schedule, seed, firstImage, listener, constraint);
    }

    public SampleOptions withListener(SampleListener listener) {
        return new SampleOptions(steps, schedule, seed, firstImage, listener, constraint);
    }

    public SampleOptions withSchedule(Schedule schedule) {
        return new SampleOptions(steps, schedule, seed, firstImage, listener, constraint);
    }

    public SampleOptions withConstraint(Constraint constraint) {
        return new SampleOptions(steps, schedule, seed, firstImage, listener, constraint);
    }

    /** The times that a sampler is to visit. */
    public TimeGrid grid(Sampler sampler, Sde sde, double from) {
        return (schedule != null ? schedule : sampler.schedule()).grid(sde, from, steps);
    }

    /** @throws InputException when there is a constraint; {@code method}, as a message names it, takes none */
    public void refuseConstraint(String method) {
        if (constraint != Constraint.NONE) {
            throw new InputException(method + ": takes no constraint, since it does not walk a grid of times downwards; choose another sampler");
        }
    }
}
