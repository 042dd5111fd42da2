package dev.langevin.sampling.stochastic;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Corrector;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;

/**
 * Langevin dynamics x' = x + eps score + sqrt(2 eps) z whose step size follows from a signal-to-noise ratio r (Song et
 * al. 2021, algorithms 4 and 5): eps = 2 alpha (r |z| / |score|)^2, with the norms over each image by itself, where the
 * paper's code takes their mean over the batch: so an image does not depend on its neighbours.
 *
 * <p>eps / 2 is about r^2 times the variance of the density, so in equilibrium variances come out too large by that share
 * (2.6 % for r = 0.16). The norms of an image must concentrate for eps to be nearly the same everywhere; for data of one
 * or two dimensions the norm of a score may be close to 0, and the step is then too large to be of use. An image whose
 * score is exactly 0 stays where it is.
 *
 * @param snr r, above 0
 * @param steps Langevin steps at each time, at least 1
 */
public record LangevinCorrector(double snr, int steps) implements Corrector {

    public LangevinCorrector {
        if (!(snr > 0 && Double.isFinite(snr)) || steps < 1) {
            throw new InputException("Langevin corrector: expected snr > 0 and steps >= 1, got " + snr + " and " + steps);
        }
    }

    /** One step of r = 0.16, as in the paper for CIFAR-10. */
    public LangevinCorrector() {
        this(0.16, 1);
    }

    @Override
    public String name() {
        return "langevin";
    }

    @Override
    public Tensor correct(ScoreFunction score, Sde sde, Tensor x, double t, double dt, Noise noise) {
        for (int i = 0; i < steps; i++) {
            Tensor gradient = score.score(x, t);
            Noise round = noise.round(i, steps);
            x = Step.langevin(x, gradient, 2 * sde.alpha(t, dt) * snr * snr, round.key(Purpose.CORRECTOR));
        }
        return x;
    }
}
