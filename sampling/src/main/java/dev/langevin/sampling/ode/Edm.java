package dev.langevin.sampling.ode;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.TimeGrid;

/**
 * The sampler of EDM (Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2), on
 * y = x/a for any SDE: first noise is added, so that sigma grows to sigma^ = (1 + gamma) sigma, then Heun's method follows
 * dy/dsigma = (y - D(y)) / sigma = e, the noise e = -s score,
 * <pre>
 * y^ = y + sqrt(sigma^^2 - sigma^2) S_noise z
 * y~ = y^ + (sigma' - sigma^) e^
 * y' = y^ + (sigma' - sigma^) (e^ + e~) / 2.
 * </pre>
 * Two scores a step but for the last of its own schedule, which goes to noise 0 and is the denoiser's: 2 N - 1 in all. That step
 * never adds noise. Without churn it is deterministic, of order 2. sigma^ is at most sigma(T), where the process ends.
 */
public record Edm(Churn churn) implements Sampler {

    @Override
    public String name() {
        return "edm";
    }

    @Override
    public Schedule schedule() {
        return Schedules.KARRAS;
    }

    @Override
    public int order() {
        return churn.amount() == 0 ? 2 : 0;
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        TimeGrid grid = options.grid(this, sde, from);
        return GridLoop.run(score, sde, start, grid, options, 0, (x, i) -> {
            double t = grid.time(i);
            if (churn.amount() == 0) {
                return heun(score, sde, x, t, grid.time(i + 1));
            }
            double sigma = sde.sigma(t);
            double more = Math.min(sigma * (1 + churn.gamma(sigma, grid.steps())), sde.sigma(sde.endTime()));
            double tMore = more > sigma ? sde.time(more) : t;
            return heun(score, sde, noisier(sde, x, t, tMore, new Noise(options.seed(), options.firstImage(), i)), tMore, grid.time(i + 1));
        });
    }

    /** x (a^/a) + a^ sqrt(sigma^^2 - sigma^2) S_noise z, also where sigma^ = sigma, so that each step issues the same ops. */
    private Tensor noisier(Sde sde, Tensor x, double t, double tMore, Noise noise) {
        double a = sde.meanCoefficient(tMore);
        double added = Math.sqrt(Math.max(0, (sde.sigma(tMore) - sde.sigma(t)) * (sde.sigma(tMore) + sde.sigma(t))));
        return Step.stochastic(x, a / sde.meanCoefficient(t), x, 0, noise.key(Purpose.CHURN), a * added * churn.noise()).x();
    }

    private static Tensor heun(ScoreFunction score, Sde sde, Tensor x, double t, double tNext) {
        double a = sde.meanCoefficient(t);
        double aNext = sde.meanCoefficient(tNext);
        double d = sde.sigma(tNext) - sde.sigma(t);
        Tensor e = score.score(x, t).mul(-sde.std(t));
        Tensor kept = x.mul(aNext / a);
        Tensor euler = kept.add(e.mul(aNext * d));
        Tensor eNext = score.score(euler, tNext).mul(-sde.std(tNext));
        return kept.add(e.add(eNext).mul(aNext * 0.5 * d));
    }
}
