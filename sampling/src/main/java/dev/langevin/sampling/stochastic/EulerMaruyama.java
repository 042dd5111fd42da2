package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;

/**
 * Euler-Maruyama on Anderson's reverse SDE, dx = (f x - g^2 score) dt + g dw with time running backwards: with
 * dt = t - tNext > 0, x' = x - (f x - g^2 score) dt + g sqrt(dt) z (Song et al. 2021, equation 6). Weak order 1.
 */
public record EulerMaruyama() implements Predictor {

    @Override
    public String name() {
        return "em";
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        double dt = t - tNext;
        double g = sde.diffusion(t);
        return Step.stochastic(x, 1 - sde.drift(t) * dt, score.score(x, t), g * g * dt,
                noise.key(Purpose.PREDICTOR), g * Math.sqrt(dt));
    }
}
