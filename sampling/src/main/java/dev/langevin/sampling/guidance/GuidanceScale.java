package dev.langevin.sampling.guidance;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;

/**
 * How strongly a classifier guides at a time: the factor w on the gradient of its log-probability. The noise level is
 * sigma = s / a, the deviation of the noise at the scale of the data.
 */
@FunctionalInterface
public interface GuidanceScale {

    /** w at time t in (0, T]. */
    double at(double t);

    /** The same at all times (G-AMP): 1 is Bayes' rule, more amplifies the class. */
    static GuidanceScale constant(double w) {
        finite(w);
        return t -> w;
    }

    /**
     * Falls linearly with the noise (G-ADAPT), from w without noise to 0 at a level and above it:
     * <pre>w max(0, 1 - sigma(t) / last)</pre>
     * for the classifier knows less the more noise there is.
     *
     * @param last the noise level from which on it is 0, above 0
     */
    static GuidanceScale falling(double w, Sde sde, double last) {
        finite(w);
        if (!(last > 0 && Double.isFinite(last))) {
            throw new InputException("guidance: expected a noise level above 0 at which the scale has fallen to 0, got " + last);
        }
        return t -> w * Math.max(0, 1 - sde.sigma(t) / last);
    }

    /**
     * Only between two noise levels (G-TRUNC): w where least <= sigma(t) <= most, else 0.
     *
     * @param least at least 0
     * @param most above {@code least}; may be infinite
     */
    static GuidanceScale within(double w, Sde sde, double least, double most) {
        finite(w);
        if (!(least >= 0 && most > least)) {
            throw new InputException("guidance: expected noise levels 0 <= least < most, got " + least + " and " + most);
        }
        return t -> sde.sigma(t) >= least && sde.sigma(t) <= most ? w : 0;
    }

    private static void finite(double w) {
        if (!Double.isFinite(w)) {
            throw new InputException("guidance: expected a finite scale, got " + w);
        }
    }
}
