package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;

/**
 * The sample grids.
 *
 * @param sampler name of a sampler
 * @param steps its steps, for the grid at the end
 * @param draftSteps its steps, for grids during training
 * @param n examples in the grid at the end
 * @param snr signal-to-noise ratio of Langevin steps, above 0; null for the sampler's own
 */
public record SamplingConfig(String sampler, int steps, int draftSteps, int n, Double snr) {
    public static SamplingConfig defaults() {
        return new SamplingConfig("pc", 500, 100, 64, null);
    }

    public SamplingConfig {
        if (steps < 1 || draftSteps < 1 || n < 1) {
            throw new InputException("steps, draft-steps and n must be at least 1");
        }
        if (snr != null && !(snr > 0 && Double.isFinite(snr))) {
            throw new InputException("snr " + snr + ": expected a number above 0");
        }
        Samplers.named(sampler);
    }

    /** With the sampler's own signal-to-noise ratio. */
    public SamplingConfig(String sampler, int steps, int draftSteps, int n) {
        this(sampler, steps, draftSteps, n, null);
    }

    public SamplingConfig withN(int n) {
        return new SamplingConfig(sampler, steps, draftSteps, n, snr);
    }

    /** What the sampler is told beside its steps. */
    public SamplerSettings settings() {
        return snr == null ? SamplerSettings.usual() : SamplerSettings.usual().withSnr(snr);
    }

    public Sampler build() {
        return Samplers.named(sampler, settings());
    }
}
