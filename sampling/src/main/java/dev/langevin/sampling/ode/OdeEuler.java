package dev.langevin.sampling.ode;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Step;

/**
 * Euler's method on the probability-flow ODE, dx/dt = f x - (1/2) g^2 score (Song et al. 2021, equation 13): with
 * dt = t - tNext > 0, x' = x - (f x - (1/2) g^2 score) dt. Order 1, deterministic.
 */
public record OdeEuler() implements Predictor {

    @Override
    public String name() {
        return "ode-euler";
    }

    @Override
    public int order() {
        return 1;
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        double dt = t - tNext;
        double g = sde.diffusion(t);
        return Step.deterministic(x, 1 - sde.drift(t) * dt, score.score(x, t), 0.5 * g * g * dt);
    }
}
