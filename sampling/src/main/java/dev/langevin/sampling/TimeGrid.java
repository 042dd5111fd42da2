package dev.langevin.sampling;

import dev.langevin.engine.InputException;

/**
 * The times that a sampler visits: N + 1 evenly spaced values t_0 = from > t_1 > ... > t_N = to.
 *
 * @param from first time, where the sampler starts
 * @param to last time, above 0 and below {@code from}
 * @param steps N, at least 1
 */
public record TimeGrid(double from, double to, int steps) {

    public TimeGrid {
        if (steps < 1) {
            throw new InputException("steps: expected at least 1, got " + steps);
        }
        if (!(to > 0 && from > to && Double.isFinite(from))) {
            throw new InputException("time grid from " + from + " to " + to + ": expected from > to > 0");
        }
    }

    /** t_i, i in [0, N]; both ends are exact. */
    public double time(int i) {
        return i == steps ? to : from + (to - from) * i / steps;
    }
}
