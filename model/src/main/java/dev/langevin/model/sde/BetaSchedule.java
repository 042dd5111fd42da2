package dev.langevin.model.sde;

/**
 * The noise rate beta(t), t in [0, 1], of a variance-preserving SDE. With B(t) its integral from 0 to t, the share of the
 * signal's power that is left is abar(t) = exp(-B(t)) in {@link VpSde} and {@link SubVpSde} alike.
 */
public interface BetaSchedule {

    /** The largest share of the variance that one discrete step may replace (Nichol and Dhariwal 2021, section 3.2). */
    double LARGEST_STEP = 0.999;

    /** The name by which configurations and {@link BetaSchedules} know this schedule. */
    String name();

    /** beta(t), at least 0, per unit of time. */
    double at(double t);

    /** B(t), the integral of beta from 0 to t. */
    double integral(double t);

    /**
     * beta of one discrete step of length dt that ends at t: beta(t) dt, but never above 0.999. The clip matters only
     * on grids so coarse that beta(t) dt would pass 1 (fewer than 20 steps for beta up to 20, fewer than 1000 at the end of the
     * cosine schedule), where the square root of 1 - beta would not exist.
     */
    default double ofStep(double t, double dt) {
        return Math.min(at(t) * dt, LARGEST_STEP);
    }
}
