package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;

/**
 * The reverse-diffusion predictor (Song et al. 2021, equation 46): the forward chain
 * x_t = x_(t-dt) + F x_(t-dt) + G z with F = sqrt(alpha) - 1 and G^2 = v is reversed by the same discretisation,
 * x' = x - F x + G^2 score + G z. For VP that is x' = (2 - sqrt(1 - beta dt)) x + beta dt score + sqrt(beta dt) z, for
 * VE x' = x + (sigma^2(t) - sigma^2(t - dt)) score + sqrt(sigma^2(t) - sigma^2(t - dt)) z. It becomes
 * {@link EulerMaruyama} as dt goes to 0.
 */
public record ReverseDiffusion() implements Predictor {

    @Override
    public String name() {
        return "reverse-diffusion";
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        double dt = t - tNext;
        double variance = sde.stepVariance(t, dt);
        return Step.stochastic(x, 2 - Math.sqrt(sde.alpha(t, dt)), score.score(x, t), variance,
                noise.key(Purpose.PREDICTOR), Math.sqrt(variance));
    }
}
