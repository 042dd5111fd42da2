package dev.langevin.sampling;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * The noise of one sampler step. Image i of a batch draws from (seed, purpose, firstImage + i, step) alone, so it never
 * depends on how many images are sampled with it.
 *
 * @param seed the user's seed
 * @param firstImage index of the batch's first image in the whole run
 * @param step number of the step, from 0
 */
public record Noise(long seed, int firstImage, int step) {

    /** The name of this step's noise for a purpose. */
    public RandomKey key(Purpose purpose) {
        return new RandomKey(seed, purpose.code(), firstImage, step);
    }

    /** Standard normal noise (N, ...). */
    public Tensor normal(Purpose purpose, Shape shape) {
        return Tensor.normal(shape, key(purpose));
    }

    /** The noise of round {@code round} of the {@code rounds} that this step is made of. */
    public Noise round(int round, int rounds) {
        return new Noise(seed, firstImage, step * rounds + round);
    }
}
