package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.ode.Churn;

/**
 * What samplers can be told beside their steps; each takes from it what concerns it.
 *
 * @param snr signal-to-noise ratio of Langevin steps, above 0; null for the method's own
 * @param correctorSteps steps of a corrector at each time, at least 1
 * @param tolerance of the local error of a solver that chooses its steps, relative and absolute, in (0, 1); null for the solver's own
 * @param eta share of noise that DDIM draws anew, in [0, 1]
 * @param churn noise that EDM's sampler adds before its steps
 */
public record SamplerSettings(Double snr, int correctorSteps, Double tolerance, double eta, Churn churn) {
    public SamplerSettings {
        if (snr != null && !(snr > 0 && Double.isFinite(snr)) || correctorSteps < 1 || tolerance != null && !(tolerance > 0 && tolerance < 1)
                || !(eta >= 0 && eta <= 1)) {
            throw new InputException("sampler: expected snr > 0, corrector-steps >= 1, a tolerance between 0 and 1 and eta in [0, 1], got " + snr + ", "
                    + correctorSteps + ", " + tolerance + " and " + eta);
        }
    }

    /** One corrector step, methods' own signal-to-noise ratios and tolerances, and no noise where a solver can do without. */
    public static SamplerSettings usual() {
        return new SamplerSettings(null, 1, null, 0, Churn.NONE);
    }

    public SamplerSettings withSnr(double snr) {
        return new SamplerSettings(snr, correctorSteps, tolerance, eta, churn);
    }

    public SamplerSettings withCorrectorSteps(int correctorSteps) {
        return new SamplerSettings(snr, correctorSteps, tolerance, eta, churn);
    }

    public SamplerSettings withTolerance(double tolerance) {
        return new SamplerSettings(snr, correctorSteps, tolerance, eta, churn);
    }

    public SamplerSettings withEta(double eta) {
        return new SamplerSettings(snr, correctorSteps, tolerance, eta, churn);
    }

    public SamplerSettings withChurn(Churn churn) {
        return new SamplerSettings(snr, correctorSteps, tolerance, eta, churn);
    }

    /** The signal-to-noise ratio, or a method's own. */
    double snr(double own) {
        return snr != null ? snr : own;
    }

    /** The tolerance, or a solver's own. */
    double tolerance(double own) {
        return tolerance != null ? tolerance : own;
    }
}
