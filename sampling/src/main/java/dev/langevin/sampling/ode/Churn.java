package dev.langevin.sampling.ode;

import dev.langevin.engine.InputException;

/**
 * How much noise {@link Edm} adds before a step (Karras et al. 2022, algorithm 2): at a noise level sigma in [min, max], so much
 * that sigma grows to (1 + gamma) sigma with gamma = min(amount / N, sqrt(2) - 1) for N steps.
 *
 * @param amount S_churn, at least 0
 * @param min S_tmin, at least 0, in units of the data
 * @param max S_tmax, at least {@code min}; may be infinite
 * @param noise S_noise, above 0: the standard deviation of the noise; a little above 1 makes up for a network that removes too much
 */
public record Churn(double amount, double min, double max, double noise) {

    /** None: the sampler is deterministic. */
    public static final Churn NONE = new Churn(0, 0, Double.POSITIVE_INFINITY, 1);

    public Churn {
        if (!(amount >= 0 && Double.isFinite(amount) && min >= 0 && max >= min && noise > 0 && Double.isFinite(noise))) {
            throw new InputException("churn: expected amount >= 0, 0 <= min <= max and noise > 0, got " + amount + ", " + min + ", " + max + ", " + noise);
        }
    }

    /** At every noise level, with noise of deviation 1. */
    public static Churn of(double amount) {
        return new Churn(amount, 0, Double.POSITIVE_INFINITY, 1);
    }

    /** gamma: by which share sigma grows before a step of {@code steps}. */
    double gamma(double sigma, int steps) {
        return sigma >= min && sigma <= max ? Math.min(amount / steps, Math.sqrt(2) - 1) : 0;
    }
}
