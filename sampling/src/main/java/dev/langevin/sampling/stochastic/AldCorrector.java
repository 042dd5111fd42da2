package dev.langevin.sampling.stochastic;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Corrector;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.metrics.Gaussian;

/**
 * The annealed Langevin corrector (Song et al. 2021, appendix G and their code's "ald"): Langevin dynamics
 * x' = x + eps score + sqrt(2 eps) z with eps = 2 alpha (r s)^2, a step that follows from the noise level alone, where
 * {@link LangevinCorrector} measures norms. For VE that is the step of annealed Langevin dynamics, see {@link AnnealedLangevin}.
 *
 * <p>The variance of a Gaussian of variance v comes out as v / (1 - eps / (2 v)), at most a share r^2 too large since v is
 * at least s^2. It does little once s is small beside the data's own deviation.
 *
 * @param snr r, above 0
 * @param steps Langevin steps at each time, at least 1
 */
public record AldCorrector(double snr, int steps) implements Corrector {

    public AldCorrector {
        if (!(snr > 0 && Double.isFinite(snr)) || steps < 1) {
            throw new InputException("annealed Langevin corrector: expected snr > 0 and steps >= 1, got " + snr + " and " + steps);
        }
    }

    @Override
    public String name() {
        return "ald";
    }

    @Override
    public Tensor correct(ScoreFunction score, Sde sde, Tensor x, double t, double dt, Noise noise) {
        double size = snr * sde.std(t);
        LangevinDynamics dynamics = new LangevinDynamics(2 * sde.alpha(t, dt) * size * size);
        for (int i = 0; i < steps; i++) {
            x = dynamics.step(score, x, t, noise.round(i, steps).key(Purpose.CORRECTOR));
        }
        return x;
    }
}
