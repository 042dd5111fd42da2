package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.Samplers;

/**
 * The sample grids.
 *
 * @param sampler name of a sampler
 * @param steps its steps, for the grid at the end
 * @param draftSteps its steps, for grids during training
 * @param n examples in the grid at the end
 */
public record SamplingConfig(String sampler, int steps, int draftSteps, int n) {
    public static SamplingConfig defaults() {
        return new SamplingConfig("pc", 500, 100, 64);
    }

    public SamplingConfig {
        if (steps < 1 || draftSteps < 1 || n < 1) {
            throw new InputException("steps, draft-steps and n must be at least 1");
        }
        Samplers.named(sampler);
    }
}
