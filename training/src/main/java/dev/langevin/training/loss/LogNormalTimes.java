package dev.langevin.training.loss;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Times at which ln sigma(t) is normal (Karras et al. 2022, table 1): most where the network can learn most, between noise that
 * hides nothing and noise that hides all. The normal's tails beyond sigma(eps) and sigma(T) are cut off.
 */
public final class LogNormalTimes implements TimeDensity {
    private final Sde sde;
    private final NormalDistribution normal;
    private final double below;
    private final double mass;

    /**
     * @param mean P_mean, of ln sigma; the paper's is -1.2
     * @param std P_std, above 0; the paper's is 1.2
     * @throws InputException when the process has next to no noise of such levels
     */
    public LogNormalTimes(Sde sde, double mean, double std) {
        if (!(Double.isFinite(mean) && std > 0 && Double.isFinite(std))) {
            throw new InputException("log-sigma-mean " + mean + " and log-sigma-std " + std + ": expected numbers, the second above 0");
        }
        this.sde = sde;
        this.normal = new NormalDistribution(null, mean, std);
        double least = Math.log(sde.sigma(sde.trainingEpsilon()));
        double greatest = Math.log(sde.sigma(sde.endTime()));
        this.below = normal.cumulativeProbability(least);
        this.mass = normal.cumulativeProbability(greatest) - below;
        if (!(mass > 1e-3)) {
            throw new InputException(String.format("log-sigma-mean %s and log-sigma-std %s: hardly any of these noise levels is between"
                    + " those of the process, ln sigma from %.3g to %.3g", mean, std, least, greatest));
        }
    }

    @Override
    public double quantile(double u) {
        double sigma = Math.exp(normal.inverseCumulativeProbability(below + mass * u));
        // The least and the greatest level may round to just outside of the process.
        double t = sde.time(Math.clamp(sigma, sde.sigma(sde.trainingEpsilon()), sde.sigma(sde.endTime())));
        return Math.max(t, sde.trainingEpsilon());
    }

    /** The normal's density times (ln sigma)' = g^2 / (2 s^2). */
    @Override
    public double at(double t) {
        double rate = sde.diffusion(t) / sde.std(t);
        return normal.density(Math.log(sde.sigma(t))) * rate * rate / (2 * mass);
    }
}
