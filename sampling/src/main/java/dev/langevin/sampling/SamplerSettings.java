package dev.langevin.sampling;

import dev.langevin.engine.InputException;

/**
 * What samplers can be told beside their steps; each takes from it what concerns it.
 *
 * @param snr signal-to-noise ratio of a Langevin corrector, above 0
 * @param correctorSteps steps of a corrector at each time, at least 1
 * @param tolerance of the local error of a solver that chooses its steps, relative and absolute, in (0, 1); null for the solver's own
 */
public record SamplerSettings(double snr, int correctorSteps, Double tolerance) {
    public SamplerSettings {
        if (!(snr > 0 && Double.isFinite(snr)) || correctorSteps < 1 || tolerance != null && !(tolerance > 0 && tolerance < 1)) {
            throw new InputException("sampler: expected snr > 0, corrector-steps >= 1 and a tolerance between 0 and 1, got " + snr + ", "
                    + correctorSteps + " and " + tolerance);
        }
    }

    /** snr 0.16 and one corrector step, as in the paper for CIFAR-10; tolerances that are each solver's own. */
    public static SamplerSettings usual() {
        return new SamplerSettings(0.16, 1, null);
    }

    public SamplerSettings withSnr(double snr) {
        return new SamplerSettings(snr, correctorSteps, tolerance);
    }

    public SamplerSettings withCorrectorSteps(int correctorSteps) {
        return new SamplerSettings(snr, correctorSteps, tolerance);
    }

    public SamplerSettings withTolerance(double tolerance) {
        return new SamplerSettings(snr, correctorSteps, tolerance);
    }

    /** The tolerance, or {@code usual} where none was chosen. */
    double toleranceOr(double usual) {
        return tolerance != null ? tolerance : usual;
    }
}
