package dev.langevin.model.sde;

/**
 * The variance-preserving SDE, dx = -beta(t)/2 x dt + sqrt(beta(t)) dw (Song et al. 2021, equation 11; the continuous
 * DDPM). With B = integral of beta from 0 to t: a = exp(-B/2), s^2 = 1 - exp(-B). Data of unit variance keep it.
 */
public record VpSde(BetaSchedule beta) implements Sde {

    /** beta from 0.1 to 20, as in the paper. */
    public VpSde() {
        this(0.1, 20);
    }

    public VpSde(double betaMin, double betaMax) {
        this(new LinearBeta(betaMin, betaMax));
    }

    @Override
    public String name() {
        return "vp";
    }

    @Override
    public double logMeanCoefficient(double t) {
        return -0.5 * beta.integral(t);
    }

    @Override
    public double std(double t) {
        return Math.sqrt(-Math.expm1(-beta.integral(t)));
    }

    @Override
    public double drift(double t) {
        return -0.5 * beta.at(t);
    }

    @Override
    public double diffusion(double t) {
        return Math.sqrt(beta.at(t));
    }

    @Override
    public double priorStd() {
        return 1;
    }

    @Override
    public double samplingEpsilon() {
        return 1e-3;
    }

    /** 1 - beta(t) dt: the alpha of the DDPM chain's step, not of the product of all steps. */
    @Override
    public double alpha(double t, double dt) {
        return 1 - beta.ofStep(t, dt);
    }

    /** beta(t) dt. */
    @Override
    public double stepVariance(double t, double dt) {
        return beta.ofStep(t, dt);
    }
}
