package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What every {@link Sde} must satisfy, checked numerically: a process of a user's own is measured before hours of training rest on
 * it. Derivatives are central differences, compared to 1e-3 of the terms; at a time where a schedule has a kink the derivatives of
 * its two sides differ, so a law counts as broken only where it fails at t and again close to t.
 */
public final class SdeInvariants {
    private static final double TOLERANCE = 1e-3;
    private static final double STEP = 1e-6;

    /** Share of a value over t that rounding may put into its difference quotient: ten times 2^-53 / STEP, over the tolerance. */
    private static final double ROUNDING = 1e-6;

    private static final int GRID = 1000;

    /** The largest share of the noise's deviation that data of unit variance may keep at t = T: 2 % of the variance. */
    private static final double LARGEST_REST = 1 / 7.0;

    private final Sde sde;

    private SdeInvariants(Sde sde) {
        this.sde = sde;
    }

    /** @throws InputException naming the first law that does not hold, the time and the two values */
    public static void check(Sde sde) {
        new SdeInvariants(sde).check();
    }

    private void check() {
        double end = sde.endTime();
        require(end > 0 && Double.isFinite(end), "T > 0", end, "T", end, "0", 0);
        for (double eps : new double[] {sde.trainingEpsilon(), sde.samplingEpsilon()}) {
            require(eps > 0 && eps < end, "0 < epsilon < T", eps, "epsilon", eps, "T", end);
            require(sde.std(eps) > 0, "s > 0 from the first time that is used", eps, "s", sde.std(eps), "0", 0);
        }
        double start = sde.meanCoefficient(0);
        require(Math.abs(start - 1) <= 1e-12, "a(0) = 1", 0, "a", start, "1", 1);
        course(end);
        prior(end);
        times(end).forEach(this::coefficients);
        times(end).forEach(this::identities);
        times(end).forEach(this::chain);
        coarseChain(end);
        DoubleStream.concat(times(end), DoubleStream.of(end)).forEach(this::noise);
    }

    /** a in (0, 1], not increasing; s at least 0, finite and not decreasing. */
    private void course(double end) {
        double a = 1;
        double s = 0;
        for (int i = 0; i <= GRID; i++) {
            double t = end * i / GRID;
            double aNext = sde.meanCoefficient(t);
            double sNext = sde.std(t);
            require(aNext > 0 && aNext <= 1, "a in (0, 1]", t, "a", aNext, "1", 1);
            require(aNext <= a * (1 + 1e-12), "a does not increase", t, "a", aNext, "a just before", a);
            require(sNext >= 0 && Double.isFinite(sNext), "s finite and at least 0", t, "s", sNext, "0", 0);
            require(sNext >= s * (1 - 1e-12), "s does not decrease", t, "s", sNext, "s just before", s);
            a = aNext;
            s = sNext;
        }
    }

    private void prior(double end) {
        double a = sde.meanCoefficient(end);
        double s = sde.std(end);
        require(a <= LARGEST_REST * s, "noise has replaced the data at T, a <= s / 7", end, "a", a, "s", s);
        double std = Math.hypot(a, s);
        require(Math.abs(sde.priorStd() - std) <= 0.01 * std, "the prior has the deviation of x(T) for data of unit variance", end,
                "the prior's", sde.priorStd(), "x(T)'s", std);
    }

    private void coefficients(double t) {
        double f = sde.drift(t);
        double g = sde.diffusion(t);
        require(Double.isFinite(f), "f finite", t, "f", f, "0", 0);
        require(g >= 0 && Double.isFinite(g), "g finite and at least 0", t, "g", g, "0", 0);
    }

    private void identities(double time) {
        near(time, "(ln a)' = f", t -> {
            double slope = (sde.logMeanCoefficient(t * (1 + STEP)) - sde.logMeanCoefficient(t * (1 - STEP))) / (2 * STEP * t);
            return new Sides(slope, sde.drift(t), Math.abs(sde.drift(t)) + ROUNDING * (1 - sde.logMeanCoefficient(t)) / t);
        });
        near(time, "ln a is the logarithm of a", t -> new Sides(Math.log(sde.meanCoefficient(t)), sde.logMeanCoefficient(t), TOLERANCE));
        near(time, "(s^2)' = 2 f s^2 + g^2", t -> {
            double slope = (square(sde.std(t * (1 + STEP))) - square(sde.std(t * (1 - STEP)))) / (2 * STEP * t);
            double variance = square(sde.std(t));
            double fromDrift = 2 * sde.drift(t) * variance;
            double fromNoise = square(sde.diffusion(t));
            return new Sides(slope, fromDrift + fromNoise, Math.abs(fromDrift) + fromNoise + ROUNDING * variance / t);
        });
    }

    /** (ln sigma)' = g^2 / (2 s^2) for sigma = s/a: while g is 0 the noise level stands still, by which solvers know a time. */
    private void noise(double t) {
        double g = sde.diffusion(t);
        require(g > 0, "g > 0, noise is added at every time", t, "g", g, "0", 0);
    }

    private void chain(double time) {
        near(time, "(alpha - 1) / dt goes to 2 f", t -> {
            double rate = (sde.alpha(t, STEP * t) - 1) / (STEP * t);
            return new Sides(rate, 2 * sde.drift(t), 2 * Math.abs(sde.drift(t)) + ROUNDING / t);
        });
        near(time, "the step's variance / dt goes to g^2", t -> {
            double g2 = square(sde.diffusion(t));
            return new Sides(sde.stepVariance(t, STEP * t) / (STEP * t), g2, g2 + ROUNDING * square(sde.std(t)) / t);
        });
    }

    /** The chain's steps exist, however few they are. */
    private void coarseChain(double end) {
        for (int steps = 1; steps <= 50; steps++) {
            for (double t : new double[] {end / steps, end}) {
                double alpha = sde.alpha(t, end / steps);
                double v = sde.stepVariance(t, end / steps);
                require(alpha > 0 && alpha <= 1, "alpha in (0, 1] for " + steps + " steps", t, "alpha", alpha, "1", 1);
                require(v >= 0 && Double.isFinite(v), "the variance of a step finite and at least 0 for " + steps + " steps", t, "v", v, "0", 0);
            }
        }
    }

    /** Times near 0 by decades, all the way, and near T; off the round fractions where a table's entries lie. */
    private DoubleStream times(double end) {
        DoubleStream first = DoubleStream.iterate(sde.trainingEpsilon(), t -> t < 0.005 * end, t -> 3.1 * t);
        DoubleStream middle = IntStream.range(0, 64).mapToDouble(i -> end * (i + 0.3819660) / 64);
        return DoubleStream.concat(first, DoubleStream.concat(middle, DoubleStream.of(0.99876 * end, 0.999876 * end)));
    }

    /** The two sides of an equation, and the size that their difference is measured by. */
    private record Sides(double left, double right, double scale) {
        boolean agree() {
            return Math.abs(left - right) <= TOLERANCE * scale;
        }
    }

    private void near(double t, String law, DoubleFunction<Sides> at) {
        Sides sides = at.apply(t);
        boolean holds = sides.agree() || at.apply(t * (1 - 10 * STEP)).agree();
        require(holds, law, t, "the left side", sides.left, "the right side", sides.right);
    }

    private void require(boolean holds, String law, double t, String what, double value, String other, double otherValue) {
        if (!holds) {
            throw new InputException(String.format(Locale.ROOT, "the process %s breaks \"%s\" at t = %.6g: %s is %.6g, %s is %.6g",
                    sde.name(), law, t, what, value, other, otherValue));
        }
    }

    private static double square(double x) {
        return x * x;
    }
}
