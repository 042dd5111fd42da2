package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * sigma(t) = min (max / min)^t (Song et al. 2021, section 3.4).
 *
 * @param min noise level at t = 0, above 0
 * @param max noise level at t = 1, above min; about the largest distance between two data points
 */
public record GeometricSigma(double min, double max) implements SigmaSchedule {

    public GeometricSigma {
        if (!(min > 0 && max > min && Double.isFinite(max))) {
            throw new InputException("sigma from " + min + " to " + max + ": expected 0 < min < max");
        }
    }

    @Override
    public String name() {
        return "geometric";
    }

    @Override
    public double at(double t) {
        return min * Math.exp(t * logRatio());
    }

    @Override
    public double logSlope(double t) {
        return logRatio();
    }

    @Override
    public double logGrowth(double t, double dt) {
        return dt * logRatio();
    }

    private double logRatio() {
        return Math.log(max / min);
    }
}
