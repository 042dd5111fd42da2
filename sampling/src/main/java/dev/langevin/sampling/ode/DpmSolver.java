package dev.langevin.sampling.ode;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Step;

/**
 * Singlestep DPM-Solver (Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10
 * Steps", equation 3.7 and algorithms 1 and 2): the probability-flow ODE in lambda = ln(a/s), whose linear part is solved
 * exactly, x' = (a'/a) x - a' integral of e^-lambda e(x, lambda) dlambda, with the noise e = -s score developed in powers of lambda.
 * As many scores a step as its order.
 *
 * @param order 1, 2 or 3; 1 is {@link Ddim} with eta 0
 */
public record DpmSolver(int order) implements Predictor {

    public DpmSolver {
        if (order < 1 || order > 3) {
            throw new InputException("DPM-Solver: expected an order of 1, 2 or 3, got " + order);
        }
    }

    @Override
    public String name() {
        return "dpm-solver-" + order;
    }

    @Override
    public Schedule schedule() {
        return Schedules.LOG_SNR;
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        NoiseLevel from = NoiseLevel.at(sde, t);
        NoiseLevel to = NoiseLevel.at(sde, tNext);
        Tensor e = noise(score, x, from);
        return Step.to(switch (order) {
            case 1 -> first(x, e, from, to);
            case 2 -> second(score, sde, x, e, from, to);
            default -> third(score, sde, x, e, from, to);
        });
    }

    /** e(x, t) = -s score(x, t): the noise that is in x. */
    private static Tensor noise(ScoreFunction score, Tensor x, NoiseLevel at) {
        return score.score(x, at.t()).mul(-at.s());
    }

    /** (a'/a) x - s' (e^h - 1) e with h = lambda' - lambda. */
    private static Tensor first(Tensor x, Tensor e, NoiseLevel from, NoiseLevel to) {
        return x.mul(to.a() / from.a()).sub(e.mul(to.s() * Math.expm1(to.lambda() - from.lambda())));
    }

    /** Algorithm 1: the noise of the step's middle for the whole of it. */
    private static Tensor second(ScoreFunction score, Sde sde, Tensor x, Tensor e, NoiseLevel from, NoiseLevel to) {
        NoiseLevel middle = from.towards(to, 0.5, sde);
        Tensor u = first(x, e, from, middle);
        return first(x, noise(score, u, middle), from, to);
    }

    /** Algorithm 2 with r1 = 1/3 and r2 = 2/3. */
    private static Tensor third(ScoreFunction score, Sde sde, Tensor x, Tensor e, NoiseLevel from, NoiseLevel to) {
        double r1 = 1 / 3.0;
        double r2 = 2 / 3.0;
        NoiseLevel one = from.towards(to, r1, sde);
        NoiseLevel two = from.towards(to, r2, sde);
        Tensor u1 = first(x, e, from, one);
        Tensor u2 = slanted(x, e, noise(score, u1, one).sub(e).mul(r2 / r1), from, two);
        return slanted(x, e, noise(score, u2, two).sub(e).mul(1 / r2), from, to);
    }

    /** first(x, e) - s' ((e^h - 1)/h - 1) d, where d is by how much the noise changes from one end to the other. */
    private static Tensor slanted(Tensor x, Tensor e, Tensor d, NoiseLevel from, NoiseLevel to) {
        double h = to.lambda() - from.lambda();
        return first(x, e, from, to).sub(d.mul(to.s() * h * Phi.two(h)));
    }
}
