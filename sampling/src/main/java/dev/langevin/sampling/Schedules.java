package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/** The one list of schedules: what the command line offers and what the all-pairs tests run. */
public final class Schedules {

    /** Evenly spaced in t (Song et al. 2021). */
    public static final Schedule UNIFORM = toEpsilon("uniform", sde -> t -> t, sde -> t -> t);

    /** Evenly spaced in sqrt(t): steps shorten towards the data (Song, Meng & Ermon 2021, DDIM's "quadratic"). */
    public static final Schedule QUADRATIC = toEpsilon("quadratic", sde -> Math::sqrt, sde -> u -> u * u);

    /** Evenly spaced in the logarithm of a/s, half the log signal-to-noise ratio (Lu et al. 2022, DPM-Solver). */
    public static final Schedule LOG_SNR = toEpsilon("log-snr", sde -> t -> Math.log(sde.sigma(t)), sde -> u -> sde.time(Math.exp(u)));

    /** A constant ratio of noise levels, then 0. */
    public static final Schedule EXPONENTIAL = toZero("exponential", sde -> t -> Math.log(sde.sigma(t)), sde -> u -> sde.time(Math.exp(u)));

    /** Evenly spaced in sigma^(1/7), then 0 (Karras et al. 2022, equation 5). */
    public static final Schedule KARRAS = karras(7);

    private static final List<Schedule> ALL = List.of(UNIFORM, QUADRATIC, LOG_SNR, EXPONENTIAL, KARRAS);

    private Schedules() {
    }

    public static List<Schedule> all() {
        return ALL;
    }

    /** @throws InputException when there is none of this name; the message lists those there are */
    public static Schedule named(String name) {
        return ALL.stream().filter(schedule -> schedule.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown schedule '" + name + "': choose one of " + ALL.stream().map(Schedule::name).collect(Collectors.joining(", "))));
    }

    /** Evenly spaced in sigma^(1/rho), then 0: the larger rho, at least 1, the shorter the steps near the data. */
    public static Schedule karras(double rho) {
        return toZero("karras", sde -> t -> Math.pow(sde.sigma(t), 1 / rho), sde -> u -> sde.time(Math.pow(u, rho)));
    }

    /** A function of t for an SDE. */
    private interface Pace {
        DoubleUnaryOperator of(Sde sde);
    }

    private static Schedule toEpsilon(String name, Pace pace, Pace inverse) {
        return new Even(name, pace, inverse, false);
    }

    private static Schedule toZero(String name, Pace pace, Pace inverse) {
        return new Even(name, pace, inverse, true);
    }

    /** Evenly spaced in {@code pace} of t. */
    private record Even(String name, Pace pace, Pace inverse, boolean endsAtZero) implements Schedule {
        @Override
        public TimeGrid grid(Sde sde, double from, int steps) {
            double to = sde.samplingEpsilon();
            double first = pace.of(sde).applyAsDouble(from);
            double last = pace.of(sde).applyAsDouble(to);
            int above = endsAtZero ? steps - 1 : steps;
            DoubleUnaryOperator t = inverse.of(sde);
            return endsAtZero ? TimeGrid.toZero(from, to, steps, i -> t.applyAsDouble(first + (last - first) * i / above))
                    : TimeGrid.to(from, to, steps, i -> t.applyAsDouble(first + (last - first) * i / above));
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
