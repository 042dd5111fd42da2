package dev.langevin.model.sde;

/**
 * A rate that grows with t and without bound toward t = 1, because it belongs to an abar that ends at 0. It is held at 999 from the
 * time that it reaches it, so that a chain of 1000 steps replaces at most 0.999 of the variance in any of them (Nichol and Dhariwal
 * 2021, section 3.2), and so that every coefficient of the SDE stays finite up to t = 1.
 */
interface ClippedBeta extends BetaSchedule {

    /** 999 per unit of time. */
    double LARGEST_RATE = 1000 * LARGEST_STEP;

    /** beta(t) before the clip, t in [0, 1). */
    double unclipped(double t);

    /** -ln abar(t), the integral of the rate before the clip, t in [0, 1). */
    double unclippedIntegral(double t);

    /** The time from which the rate is held at {@link #LARGEST_RATE}. */
    double clipTime();

    @Override
    default double at(double t) {
        return t < clipTime() ? unclipped(t) : LARGEST_RATE;
    }

    @Override
    default double integral(double t) {
        double clip = clipTime();
        return t < clip ? unclippedIntegral(t) : unclippedIntegral(clip) + (t - clip) * LARGEST_RATE;
    }
}
