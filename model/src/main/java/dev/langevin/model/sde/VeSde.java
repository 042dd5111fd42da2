package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * The variance-exploding SDE, dx = g(t) dw with the geometric noise level sigma(t) = sigmaMin (sigmaMax/sigmaMin)^t and
 * g^2 = (sigma^2)' = 2 sigma^2 ln(sigmaMax/sigmaMin) (Song et al. 2021, equation 9; the continuous NCSN). a = 1.
 *
 * <p>s(t) = sigma(t), as in the paper's code: x(0) is the data with noise of level sigmaMin already on them. Noise that
 * starts from the bare data would have s^2 = sigma^2(t) - sigma^2(0); both choices satisfy the two identities of
 * {@link Sde}. This one keeps s(0) = sigmaMin above 0, so that the score and every factor 1/s stay bounded down to t = 0,
 * and differs from the other by less than sigmaMin everywhere.
 *
 * @param sigmaMin noise level at t = 0, above 0, in units of the data
 * @param sigmaMax noise level at t = 1, above sigmaMin; about the largest distance between two data points
 */
public record VeSde(double sigmaMin, double sigmaMax) implements Sde {

    public VeSde {
        if (!(sigmaMin > 0 && sigmaMax > sigmaMin && Double.isFinite(sigmaMax))) {
            throw new InputException("sigma from " + sigmaMin + " to " + sigmaMax + ": expected 0 < sigmaMin < sigmaMax");
        }
    }

    /** sigma from 0.01 to 50, as in the paper for CIFAR-10. */
    public VeSde() {
        this(0.01, 50);
    }

    @Override
    public String name() {
        return "ve";
    }

    @Override
    public double logMeanCoefficient(double t) {
        return 0;
    }

    @Override
    public double std(double t) {
        return sigmaMin * Math.exp(t * logRatio());
    }

    @Override
    public double drift(double t) {
        return 0;
    }

    @Override
    public double diffusion(double t) {
        return std(t) * Math.sqrt(2 * logRatio());
    }

    /** sigmaMax: the prior ignores the mean and variance of the data, which sigmaMax is to dwarf. */
    @Override
    public double priorStd() {
        return sigmaMax;
    }

    @Override
    public double samplingEpsilon() {
        return 1e-5;
    }

    @Override
    public double alpha(double t, double dt) {
        return 1;
    }

    /** sigma^2(t) - sigma^2(t - dt). */
    @Override
    public double stepVariance(double t, double dt) {
        double sigma = std(t);
        return -sigma * sigma * Math.expm1(-2 * dt * logRatio());
    }

    private double logRatio() {
        return Math.log(sigmaMax / sigmaMin);
    }
}
