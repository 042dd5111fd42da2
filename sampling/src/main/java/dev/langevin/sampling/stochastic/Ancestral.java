package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;

/**
 * Ancestral sampling: x' is drawn from the posterior q(x' | x, x(0)) of the forward process with the denoised image
 * E[x(0) | x] = (x + s^2 score) / a in the place of x(0). With k = a / a' and w = s^2 - k^2 s'^2, what the forward process
 * from t' to t keeps of the signal and adds of noise, that is
 * <pre>
 * x' = (x + w score) / k + sqrt(v) z.
 * </pre>
 * For VP, k^2 = 1 - beta and w = beta of the chain's step: Ho et al. 2020, algorithm 2 (Song et al. 2021, equation 4). For VE,
 * k = 1 and w = sigma^2 - sigma'^2: the ancestral sampling of SMLD (Song et al. 2021, equation 47). In sigma = s / a and x / a it is
 * the "Euler ancestral" of Karras' k-diffusion with eta = 1, which therefore has no class of its own; DDIM with eta = 1 is
 * the same too.
 *
 * <p>v is the posterior's own variance, w s'^2 / s^2 (DDPM's beta tilde; right where the data are one point), or the upper one,
 * w (beta; right for VP where the data are N(0, I)). They differ most in the last steps, and not at all in the limit.
 *
 * @param variance which of the two is drawn
 */
public record Ancestral(Variance variance) implements Predictor {

    /** The variance of the noise. */
    public enum Variance {
        /** w s'^2 / s^2, beta tilde. */
        POSTERIOR,
        /** w, beta. */
        UPPER
    }

    @Override
    public String name() {
        return variance == Variance.POSTERIOR ? "ancestral" : "ancestral-upper";
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        NoiseLevel from = NoiseLevel.at(sde, t);
        NoiseLevel to = NoiseLevel.at(sde, tNext);
        double k = from.a() / to.a();
        double share = from.shareLost(to);
        double std = variance == Variance.POSTERIOR ? to.s() : from.s();
        return Step.stochastic(x, 1 / k, score.score(x, t), from.s() * from.s() * share / k, noise.key(Purpose.PREDICTOR), std * Math.sqrt(share));
    }
}
