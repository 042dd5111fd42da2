package dev.langevin.model.sde;

/**
 * The sub-VP SDE, dx = -beta(t)/2 x dt + sqrt(beta(t) (1 - exp(-2B))) dw (Song et al. 2021, equation 28). With
 * B = integral of beta from 0 to t: a = exp(-B/2), s = 1 - exp(-B), so the variance never exceeds that of {@link VpSde}.
 */
public record SubVpSde(BetaSchedule beta) implements Sde {

    /** beta from 0.1 to 20, as in the paper. */
    public SubVpSde() {
        this(0.1, 20);
    }

    public SubVpSde(double betaMin, double betaMax) {
        this(new LinearBeta(betaMin, betaMax));
    }

    @Override
    public String name() {
        return "sub-vp";
    }

    @Override
    public double logMeanCoefficient(double t) {
        return -0.5 * beta.integral(t);
    }

    @Override
    public double std(double t) {
        return -Math.expm1(-beta.integral(t));
    }

    @Override
    public double drift(double t) {
        return -0.5 * beta.at(t);
    }

    @Override
    public double diffusion(double t) {
        return Math.sqrt(beta.at(t) * discount(t));
    }

    @Override
    public double priorStd() {
        return 1;
    }

    @Override
    public double samplingEpsilon() {
        return 1e-3;
    }

    /** 1 - beta(t) dt, as for VP: the two share their drift, and the signal shrinks by it alone. */
    @Override
    public double alpha(double t, double dt) {
        return 1 - beta.ofStep(t, dt);
    }

    /** beta(t) (1 - exp(-2B)) dt. */
    @Override
    public double stepVariance(double t, double dt) {
        return beta.ofStep(t, dt) * discount(t);
    }

    /** 1 - exp(-2B): the share of VP's noise that this SDE adds. */
    private double discount(double t) {
        return -Math.expm1(-2 * beta.integral(t));
    }
}
