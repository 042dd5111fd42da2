package dev.langevin.sampling.ode;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Step;

/**
 * DDIM (Song, Meng &amp; Ermon 2021, "Denoising Diffusion Implicit Models", equations 12 and 16), for any SDE: with the denoised
 * image D = (x + s^2 score) / a, the noise e = -s score and v = eta s' sqrt(1 - (sigma'/sigma)^2) for sigma = s/a, the
 * standard deviation of the posterior of x' given x and D times eta,
 * <pre>
 * x' = a' D + sqrt(s'^2 - v^2) e + v z.
 * </pre>
 * With eta = 1 it is ancestral sampling. With eta = 0 it is deterministic, of order 1, and Euler's method for the
 * probability-flow ODE of x/a in sigma, d(x/a) = e dsigma: the Euler sampler of Karras et al. 2022. Steps may be skipped at
 * will, since D and e do not depend on where x' is.
 *
 * @param eta share of the posterior's deviation that is drawn anew, in [0, 1]
 */
public record Ddim(double eta) implements Predictor {

    public Ddim {
        if (!(eta >= 0 && eta <= 1)) {
            throw new InputException("DDIM: expected eta in [0, 1], got " + eta);
        }
    }

    @Override
    public String name() {
        return "ddim";
    }

    @Override
    public Schedule schedule() {
        return Schedules.LOG_SNR;
    }

    @Override
    public int order() {
        return eta == 0 ? 1 : 0;
    }

    /** The coefficients in h = ln(sigma/sigma'), where no digits cancel when it is small. */
    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        NoiseLevel from = NoiseLevel.at(sde, t);
        NoiseLevel to = NoiseLevel.at(sde, tNext);
        double h = to.lambda() - from.lambda();
        double keep = to.a() / from.a();
        if (eta == 0) {
            return Step.deterministic(x, keep, score.score(x, t), from.s() * to.s() * Math.expm1(h));
        }
        double share = from.shareLost(to);
        double drawn = eta * eta * share;
        // e^h - sqrt(1 - drawn)
        double pull = Math.expm1(h) + drawn / (1 + Math.sqrt(1 - drawn));
        return Step.stochastic(x, keep, score.score(x, t), from.s() * to.s() * pull, noise.key(Purpose.PREDICTOR), eta * to.s() * Math.sqrt(share));
    }
}
