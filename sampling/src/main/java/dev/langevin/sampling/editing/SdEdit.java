package dev.langevin.sampling.editing;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;

/**
 * SDEdit (Meng et al. 2022, "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations"): an image is noised to
 * time t0, x = a(t0) image + s(t0) z, and sampled from there. What is coarser than the noise stays, what is finer is made anew. Strength 0
 * is the image itself, to the bit; strength 1 a fresh sample, that of the same seed, which does not know the image; between them
 * t0 = epsilon + strength (T - epsilon).
 *
 * @param sampler follows the reverse process from t0, in all of the options' steps
 */
public record SdEdit(Sampler sampler) {

    /**
     * @param image (N, ...); not changed
     * @param strength in [0, 1]
     * @return shape of image, in the current scope
     */
    public Tensor edit(ScoreFunction score, Sde sde, Tensor image, double strength, SampleOptions options) {
        if (!(strength >= 0 && strength <= 1)) {
            throw new InputException("SDEdit: expected a strength in [0, 1], got " + strength);
        }
        if (strength == 0) {
            return image.add(0);
        }
        if (strength == 1) {
            return sampler.sample(score, sde, image.shape(), options);
        }
        double t = sde.samplingEpsilon() + strength * (sde.endTime() - sde.samplingEpsilon());
        Tensor z = new Noise(options.seed(), options.firstImage(), 0).normal(Purpose.EDIT, image.shape());
        return sampler.run(score, sde, image.mul(sde.meanCoefficient(t)).add(z.mul(sde.std(t))), t, options);
    }
}
