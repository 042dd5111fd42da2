package dev.langevin.model.sde;

import dev.langevin.engine.InputException;
import java.util.function.IntToDoubleFunction;

/**
 * The discrete diffusion chain (Sohl-Dickstein et al. 2015; Ho et al. 2020) from data x_0 to noise x_N,
 * <pre>x_i = sqrt(alpha_i) x_(i-1) + sqrt(v_i) z,    q(x_i | x_0) = N(a_i x_0, s_i^2),    i = 1 ... N,</pre>
 * with a_i^2 = alpha_1 ... alpha_i and s_i^2 = alpha_i s_(i-1)^2 + v_i. For VP it is that of DDPM, v_i = beta_i = 1 - alpha_i and
 * a_i^2 = alpha-bar_i; for VE that of SMLD. Index 0 is the data: a_0 = 1, s_0 = 0.
 */
public final class DdpmChain {
    private final double priorStd;
    private final double[] times;
    private final double[] alpha;
    private final double[] stepVariance;
    private final double[] meanCoefficient;
    private final double[] variance;

    private DdpmChain(Sde sde, double[] times, IntToDoubleFunction alpha, IntToDoubleFunction stepVariance) {
        int n = times.length - 1;
        this.priorStd = sde.priorStd();
        this.times = times;
        this.alpha = new double[n + 1];
        this.stepVariance = new double[n + 1];
        this.meanCoefficient = new double[n + 1];
        this.variance = new double[n + 1];
        meanCoefficient[0] = 1;
        for (int i = 1; i <= n; i++) {
            this.alpha[i] = alpha.applyAsDouble(i);
            this.stepVariance[i] = stepVariance.applyAsDouble(i);
            meanCoefficient[i] = Math.sqrt(this.alpha[i]) * meanCoefficient[i - 1];
            variance[i] = this.alpha[i] * variance[i - 1] + this.stepVariance[i];
        }
    }

    /**
     * The chain that has the marginals of an SDE, exactly, at N evenly spaced times up to T: what a score of that SDE belongs to.
     *
     * @param steps N, at least 2
     */
    public static DdpmChain of(Sde sde, int steps) {
        double[] t = even(sde, steps);
        IntToDoubleFunction kept = i -> i == 1 ? sde.meanCoefficient(t[1])
                : Math.exp(sde.logMeanCoefficient(t[i]) - sde.logMeanCoefficient(t[i - 1]));
        return new DdpmChain(sde, t, i -> Math.pow(kept.applyAsDouble(i), 2), i -> {
            double before = i == 1 ? 0 : kept.applyAsDouble(i) * sde.std(t[i - 1]);
            return (sde.std(t[i]) - before) * (sde.std(t[i]) + before);
        });
    }

    /**
     * The chain that an SDE is the limit of, by {@link Sde#alpha} and {@link Sde#stepVariance}: for VP that of Ho et al. 2020 with
     * beta_i = beta(t_i) T / N. Its marginals differ from the SDE's by O(1/N).
     *
     * @param steps N, at least 2
     */
    public static DdpmChain discretised(Sde sde, int steps) {
        double[] t = even(sde, steps);
        double dt = sde.endTime() / steps;
        // What noise a process has at t = 0 already is that of the first step too.
        double first = sde.alpha(t[1], dt) * sde.std(0) * sde.std(0);
        return new DdpmChain(sde, t, i -> sde.alpha(t[i], dt), i -> sde.stepVariance(t[i], dt) + (i == 1 ? first : 0));
    }

    private static double[] even(Sde sde, int steps) {
        if (steps < 2) {
            throw new InputException("chain: expected at least 2 steps, got " + steps);
        }
        double[] times = new double[steps + 1];
        for (int i = 1; i <= steps; i++) {
            times[i] = sde.endTime() * i / steps;
        }
        return times;
    }

    /** N. */
    public int steps() {
        return times.length - 1;
    }

    /** The SDE's time of x_i, i in [0, N]. */
    public double time(int i) {
        return times[i];
    }

    /** alpha_i in (0, 1], i in [1, N]. */
    public double alpha(int i) {
        return alpha[i];
    }

    /** v_i, the variance of the noise that step i adds; beta_i under VP. */
    public double stepVariance(int i) {
        return stepVariance[i];
    }

    /** a_i, i in [0, N]. */
    public double meanCoefficient(int i) {
        return meanCoefficient[i];
    }

    /** s_i, i in [0, N]. */
    public double std(int i) {
        return Math.sqrt(variance[i]);
    }

    /** Standard deviation of the prior that stands for x_N. */
    public double priorStd() {
        return priorStd;
    }

    /** beta-tilde_i = v_i s_(i-1)^2 / s_i^2, the variance of q(x_(i-1) | x_i, x_0) (Ho et al. 2020, equation 7); 0 at i = 1. */
    public double posteriorVariance(int i) {
        return stepVariance[i] * variance[i - 1] / variance[i];
    }

    /**
     * The share of x_0 in the mean of q(x_(i-1) | x_i, x_0), a_(i-1) v_i / s_i^2 (Ho et al. 2020, equation 7). With the denoised
     * E[x_0 | x_i] in the place of x_0 the mean is the prediction, which by the score is (x_i + v_i score) / sqrt(alpha_i) (equation 11).
     */
    public double cleanShare(int i) {
        return meanCoefficient[i - 1] * stepVariance[i] / variance[i];
    }

    /** The share of x_i in that mean, sqrt(alpha_i) s_(i-1)^2 / s_i^2. */
    public double noisyShare(int i) {
        return Math.sqrt(alpha[i]) * variance[i - 1] / variance[i];
    }
}
