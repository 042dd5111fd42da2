package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/**
 * Annealed Langevin dynamics (Song &amp; Ermon 2019, algorithm 1): down a ladder of noise levels sigma_1 &gt; ... &gt; sigma_L, at
 * each K steps
 * <pre>
 * x' = x + (alpha_i / 2) score(x, t_i) + sqrt(alpha_i) z,  alpha_i = eps sigma_i^2 / sigma_L^2
 * </pre>
 * {@link LangevinDynamics} of step eps_i = alpha_i / 2 = 2 (r s_i)^2, with eps / sigma_L^2 = 4 r^2 (the paper's 2e-5 and 0.01: r = 0.22).
 * For VE s = sigma; elsewhere s is the noise level in units of x.
 *
 * <p>The levels are the times of the grid after its start, where the prior already is: a ladder of L levels takes L steps. The
 * usual grid has a constant ratio of levels, and below the last of them, noise 0: the denoiser's step, which the paper
 * lacks (its result still holds noise of level sigma_L). K steps at each of the other levels, so K (L - 1) + 1 scores.
 *
 * <p>The variance of what comes out is too large by about C / (2 r^2 L K) of levels per factor e for data of variance C: at small
 * levels the steps are too small to undo what is left of the last large one, so many are needed.
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
        return GridLoop.run(score, sde, start, grid, options.listener(), 0, (x, i) -> {
            double t = grid.time(i + 1);
            double size = snr * sde.std(t);
            LangevinDynamics dynamics = new LangevinDynamics(2 * size * size);
            Noise noise = new Noise(options.seed(), options.firstImage(), i);
            for (int k = 0; k < rounds; k++) {
                x = dynamics.step(score, x, t, noise.round(k, rounds).key(Purpose.CORRECTOR));
            }
            return x;
        });
    }
}
