package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The times that a sampler visits, t_0 > t_1 > ... > t_N, one step between each two. A grid may end at 0: then its last step,
 * from t_(N-1) > 0, is taken by the denoiser E[x(0) | x(t)], whatever the sampler, since at noise 0 there is no score
 * (Karras et al. 2022, whose sigma_N is 0).
 */
public final class TimeGrid {
    private final double[] times;

    private TimeGrid(double[] times) {
        this.times = times;
        int n = times.length - 1;
        for (int i = 0; i < n; i++) {
            if (!(times[i] > times[i + 1] && Double.isFinite(times[i]))) {
                throw new InputException("time grid of " + n + " steps: time " + i + " is " + times[i] + " and time " + (i + 1)
                        + " is " + times[i + 1] + ", but times must fall");
            }
        }
    }

    /**
     * A grid that ends above 0.
     *
     * @param from t_0
     * @param to t_N, in (0, from)
     * @param steps N, at least 1
     * @param between t_i for i in (0, N); both ends are exact
     */
    public static TimeGrid to(double from, double to, int steps, IntToDoubleFunction between) {
        atLeastOne(steps);
        if (!(to > 0 && from > to && Double.isFinite(from))) {
            throw new InputException("time grid from " + from + " to " + to + ": expected from > to > 0");
        }
        double[] times = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            times[i] = i == 0 ? from : i == steps ? to : between.applyAsDouble(i);
        }
        return new TimeGrid(times);
    }

    /** A grid that reaches {@code to} one step earlier and ends at 0; with one step it goes to 0 at once. */
    public static TimeGrid toZero(double from, double to, int steps, IntToDoubleFunction between) {
        atLeastOne(steps);
        double[] times = new double[steps + 1];
        times[0] = from;
        if (steps > 1) {
            TimeGrid above = to(from, to, steps - 1, between);
            System.arraycopy(above.times, 0, times, 0, steps);
        }
        return new TimeGrid(times);
    }

    /** This grid without its step to 0, if it has one. */
    public TimeGrid aboveZero() {
        return endsAtZero() ? new TimeGrid(Arrays.copyOf(times, times.length - 1)) : this;
    }

    /** Evenly spaced. */
    public static TimeGrid uniform(double from, double to, int steps) {
        return to(from, to, steps, i -> from + (to - from) * i / steps);
    }

    private static void atLeastOne(int steps) {
        if (steps < 1) {
            throw new InputException("steps: expected at least 1, got " + steps);
        }
    }

    /** N. */
    public int steps() {
        return times.length - 1;
    }

    /** t_i, i in [0, N]. */
    public double time(int i) {
        return times[i];
    }

    /** Whether the last step is the denoiser's. */
    public boolean endsAtZero() {
        return times[times.length - 1] == 0;
    }
}
