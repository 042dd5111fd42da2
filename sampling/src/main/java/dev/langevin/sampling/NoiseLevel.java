package dev.langevin.sampling;

import dev.langevin.model.sde.Sde;

/**
 * A time and what solvers in the log signal-to-noise ratio need to know of it (Lu et al. 2022, "DPM-Solver", section 3).
 *
 * @param t in (0, T]
 * @param a a(t)
 * @param s s(t)
 * @param lambda ln(a / s), half the log signal-to-noise ratio; falls with t
 */
public record NoiseLevel(double t, double a, double s, double lambda) {

    public static NoiseLevel at(Sde sde, double t) {
        double s = sde.std(t);
        return new NoiseLevel(t, sde.meanCoefficient(t), s, sde.logMeanCoefficient(t) - Math.log(s));
    }

    /**
     * 1 - (sigma'/sigma)^2 with sigma = s/a: the share of the noise that a step down to another level takes away. By the logarithms,
     * where no digits cancel in a short step; in the shortest, rounding may leave them the wrong way round, and the share is then 0.
     */
    public double shareLost(NoiseLevel to) {
        return Math.max(0, -Math.expm1(-2 * (to.lambda - lambda)));
    }

    /** The level that is the share {@code r} in (0, 1) of the way from this one to another, in lambda. */
    public NoiseLevel towards(NoiseLevel other, double r, Sde sde) {
        return at(sde, sde.time(Math.exp(-lambda - r * (other.lambda - lambda))));
    }
}
