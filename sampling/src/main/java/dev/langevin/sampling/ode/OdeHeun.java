package dev.langevin.sampling.ode;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Step;

/**
 * Heun's method (the explicit trapezoid) on the probability-flow ODE, dx/dt = v(x, t) = f x - (1/2) g^2 score: an Euler
 * step to x~ at tNext, then x' = x - (v(x, t) + v(x~, tNext)) dt / 2. Order 2, deterministic, two scores a step; the last
 * step too, since sampling stops at a time above 0 where the score exists.
 */
public record OdeHeun() implements Predictor {

    @Override
    public String name() {
        return "ode-heun";
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        double dt = t - tNext;
        Tensor velocity = velocity(score, sde, x, t);
        Tensor euler = x.sub(velocity.mul(dt));
        Tensor twice = velocity.add(velocity(score, sde, euler, tNext));
        return Step.to(x.sub(twice.mul(0.5 * dt)));
    }

    private static Tensor velocity(ScoreFunction score, Sde sde, Tensor x, double t) {
        double g = sde.diffusion(t);
        return x.mul(sde.drift(t)).sub(score.score(x, t).mul(0.5 * g * g));
    }
}
