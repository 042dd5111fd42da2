package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * The noise rate beta(t) = min + t (max - min), t in [0, 1], of the variance-preserving SDEs.
 *
 * @param min beta(0), at least 0
 * @param max beta(1), at least min and above 0
 */
public record LinearBeta(double min, double max) {

    /** The largest share of the variance that one discrete step may replace, as in the DDPM chain's clipped schedules. */
    private static final double LARGEST_STEP = 0.999;

    public LinearBeta {
        if (!(min >= 0 && max >= min && max > 0 && Double.isFinite(max))) {
            throw new InputException("beta from " + min + " to " + max + ": expected 0 <= min <= max, max > 0");
        }
    }

    /** beta(t), per unit of time. */
    public double at(double t) {
        return min + t * (max - min);
    }

    /** The integral of beta from 0 to t. */
    public double integral(double t) {
        return t * (min + 0.5 * t * (max - min));
    }

    /**
     * beta of one discrete step of length dt that ends at t: beta(t) dt, but never above 0.999. The clip matters only
     * on grids so coarse that beta(t) dt would pass 1 (fewer than 20 steps for beta up to 20), where the square root
     * of 1 - beta would not exist.
     */
    double ofStep(double t, double dt) {
        return Math.min(at(t) * dt, LARGEST_STEP);
    }
}
