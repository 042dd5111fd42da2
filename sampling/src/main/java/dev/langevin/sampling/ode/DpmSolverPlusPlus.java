package dev.langevin.sampling.ode;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.TimeGrid;

/**
 * DPM-Solver++(2M) and SDE-DPM-Solver++(2M) (Lu et al. 2022, "DPM-Solver++", algorithm 2 and section 5): in lambda = ln(a/s) with
 * the linear part solved exactly and the denoised image extended linearly from the last two times,
 * D = (1 + 1/(2r)) D_i - 1/(2r) D_(i-1), r = h_(i-1)/h_i; then, with h = h_i and eta = 0 for the ODE, eta = 1 for the SDE,
 * <pre>
 * x' = (s'/s) e^(-eta h) x + a' (1 - e^(-(1 + eta) h)) D + s' sqrt(1 - e^(-2 eta h)) z.
 * </pre>
 * One score a step. The first step has no past and D = D_0. The last step returns the mean, without z.
 *
 * @param name by which {@code Samplers} knows it
 * @param eta 0 or 1
 */
public record DpmSolverPlusPlus(String name, int eta) implements Sampler {

    /** The ODE's: deterministic, of order 2. */
    public static DpmSolverPlusPlus ode() {
        return new DpmSolverPlusPlus("dpmpp-2m", 0);
    }

    /** The reverse SDE's. */
    public static DpmSolverPlusPlus sde() {
        return new DpmSolverPlusPlus("dpmpp-2m-sde", 1);
    }

    @Override
    public Schedule schedule() {
        return Schedules.LOG_SNR;
    }

    @Override
    public int order() {
        return eta == 0 ? 2 : 0;
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        TimeGrid grid = options.grid(this, sde, from);
        Tensor previous = Tensor.zeros(start.shape()); // D_(i-1)
        return GridLoop.run(score, sde, start, grid, options, 0, (x, i) -> {
            NoiseLevel here = NoiseLevel.at(sde, grid.time(i));
            NoiseLevel next = NoiseLevel.at(sde, grid.time(i + 1));
            double h = next.lambda() - here.lambda();
            // 1/(2r); 0 in the first step, so that it issues the ops of all
            double back = i == 0 ? 0 : 0.5 * h / (here.lambda() - NoiseLevel.at(sde, grid.time(i - 1)).lambda());
            Tensor denoised = Tweedie.denoise(score, sde, x, here.t());
            Tensor extended = denoised.mul(1 + back).sub(previous.mul(back));
            new Assign().apply(previous, denoised);
            double keep = next.s() / here.s() * Math.exp(-eta * h);
            double pull = -next.a() * Math.expm1(-(1 + eta) * h);
            if (eta == 0) {
                return Step.deterministic(x, keep, extended, pull).x();
            }
            Noise noise = new Noise(options.seed(), options.firstImage(), i);
            Step step = Step.stochastic(x, keep, extended, pull, noise.key(Purpose.PREDICTOR), next.s() * Math.sqrt(here.shareLost(next)));
            return i + 1 == grid.steps() ? step.mean() : step.x();
        });
    }
}
