package dev.langevin.sampling.stochastic;

import dev.langevin.engine.InputException;
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
import dev.langevin.sampling.TimeGrid;

/**
 * Annealed Langevin dynamics (Song &amp; Ermon 2019, algorithm 1): down a ladder of noise levels sigma_1 &gt; ... &gt; sigma_L, at
 * each K steps of
 * <pre>
 * y' = y + (alpha_i / 2) score(y, sigma_i) + sqrt(alpha_i) z,  alpha_i = eps sigma_i^2 / sigma_L^2
 * </pre>
 * with y = x / a, which for VE is x. In x these are {@link LangevinDynamics} of step alpha_i a^2 / 2 = 2 (r s)^2, where
 * eps / sigma_L^2 = 4 r^2 (the paper's 2e-5 and 0.01: r = 0.22); from one level to the next x changes by the factor of a alone.
 *
 * <p>The levels are the times of the grid after its start, where the prior already is: a ladder of L levels takes L steps. The
 * usual grid has a constant ratio of levels, and below the last of them, noise 0: the denoiser's step, which the paper
 * lacks (its result still holds noise of level sigma_L). K steps at each of the other levels, so K (L - 1) + 1 scores.
 *
 * <p>The variance of the result is too large by about the share ln(sigma_1 / sigma_L) / (2 r^2 L K): at low levels the steps are too
 * short to undo what was left at the last one where they were long enough. Hence many levels or steps, and a larger r than a
 * corrector's.
 *
 * @param snr r, above 0
 * @param rounds K, at least 1
 */
public record AnnealedLangevin(double snr, int rounds) implements Sampler {

    public AnnealedLangevin {
        if (!(snr > 0 && Double.isFinite(snr)) || rounds < 1) {
            throw new InputException("annealed Langevin dynamics: expected snr > 0 and at least 1 step a level, got " + snr + " and " + rounds);
        }
    }

    /** From the paper's eps / sigma_L^2. */
    public static AnnealedLangevin ofRatio(double ratio, int rounds) {
        return new AnnealedLangevin(0.5 * Math.sqrt(ratio), rounds);
    }

    @Override
    public String name() {
        return "annealed-langevin";
    }

    @Override
    public Schedule schedule() {
        return Schedules.EXPONENTIAL;
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        TimeGrid grid = options.grid(this, sde, from);
        return GridLoop.run(score, sde, start, grid, options, 0, (x, i) -> {
            double t = grid.time(i + 1);
            double size = snr * sde.std(t);
            LangevinDynamics dynamics = new LangevinDynamics(2 * size * size);
            Noise noise = new Noise(options.seed(), options.firstImage(), i);
            x = x.mul(Math.exp(sde.logMeanCoefficient(t) - sde.logMeanCoefficient(grid.time(i))));
            for (int k = 0; k < rounds; k++) {
                x = dynamics.step(score, x, t, noise.round(k, rounds).key(Purpose.CORRECTOR));
            }
            return x;
        });
    }
}
