package dev.langevin.model.sde;

/**
 * The variance-exploding SDE, dx = g(t) dw with a noise level sigma(t) that grows and g^2 = (sigma^2)' = 2 sigma^2 (ln sigma)'
 * (Song et al. 2021, equation 9; the continuous NCSN). a = 1. With the geometric sigma(t) = sigmaMin (sigmaMax/sigmaMin)^t it is
 * g^2 = 2 sigma^2 ln(sigmaMax/sigmaMin).
 *
 * <p>s(t) = sigma(t), as in the paper's code: x(0) is the data with noise of level sigmaMin already on them. Noise that
 * starts from the bare data would have s^2 = sigma^2(t) - sigma^2(0); both choices satisfy the two identities of
 * {@link Sde}. This one keeps s(0) = sigmaMin above 0, so that the score and every factor 1/s stay bounded down to t = 0,
 * and differs from the other by less than sigmaMin everywhere.
 *
 * @param schedule sigma(t)
 */
public record VeSde(SigmaSchedule schedule) implements Sde {

    public VeSde(double sigmaMin, double sigmaMax) {
        this(new GeometricSigma(sigmaMin, sigmaMax));
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
        return schedule.at(t);
    }

    @Override
    public double drift(double t) {
        return 0;
    }

    @Override
    public double diffusion(double t) {
        return std(t) * Math.sqrt(2 * schedule.logSlope(t));
    }

    /** sigma(1): the prior ignores the mean and variance of the data, which sigma(1) is to dwarf. */
    @Override
    public double priorStd() {
        return schedule.at(1);
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
        return -sigma * sigma * Math.expm1(-2 * schedule.logGrowth(t, dt));
    }
}
