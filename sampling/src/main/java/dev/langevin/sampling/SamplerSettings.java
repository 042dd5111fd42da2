package dev.langevin.sampling;

import dev.langevin.engine.InputException;

/**
 * What samplers can be told beside their steps; each takes from it what concerns it.
 *
 * @param snr signal-to-noise ratio of a Langevin corrector, above 0
 * @param correctorSteps steps of a corrector at each time, at least 1
 */
public record SamplerSettings(double snr, int correctorSteps) {
    public SamplerSettings {
        if (!(snr > 0 && Double.isFinite(snr)) || correctorSteps < 1) {
            throw new InputException("sampler: expected snr > 0 and corrector-steps >= 1, got " + snr + " and " + correctorSteps);
        }
    }

    /** snr 0.16 and one corrector step, as in the paper for CIFAR-10. */
    public static SamplerSettings usual() {
        return new SamplerSettings(0.16, 1);
    }

    public SamplerSettings withSnr(double snr) {
        return new SamplerSettings(snr, correctorSteps);
    }

    public SamplerSettings withCorrectorSteps(int correctorSteps) {
        return new SamplerSettings(snr, correctorSteps);
    }
}
