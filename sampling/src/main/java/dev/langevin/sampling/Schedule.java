package dev.langevin.sampling;

import dev.langevin.model.sde.Sde;

/** How a sampler's steps are spread over the noise levels. */
public interface Schedule {

    /** The name by which {@link Schedules} knows it. */
    String name();

    /**
     * The times from {@code from} in {@code steps} steps, down to the SDE's sampling epsilon or, for a schedule that ends without
     * noise, through it to 0.
     *
     * @param from in (samplingEpsilon, T]
     * @param steps at least 1
     */
    TimeGrid grid(Sde sde, double from, int steps);

    /** The same spacing in as many steps, but down to the SDE's sampling epsilon at most: a step to 0 is left out. */
    default Schedule aboveZero() {
        Schedule whole = this;
        return new Schedule() {
            @Override
            public String name() {
                return whole.name();
            }

            @Override
            public TimeGrid grid(Sde sde, double from, int steps) {
                TimeGrid grid = whole.grid(sde, from, steps);
                return grid.endsAtZero() ? whole.grid(sde, from, steps + 1).aboveZero() : grid;
            }
        };
    }
}
