package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * beta(t) = min (max / min)^t: the rate itself grows geometrically, so little happens early and most of it late.
 *
 * @param min beta(0), above 0
 * @param max beta(1), above min
 */
public record ExponentialBeta(double min, double max) implements BetaSchedule {

    public ExponentialBeta {
        if (!(min > 0 && max > min && Double.isFinite(max))) {
            throw new InputException("exponential beta from " + min + " to " + max + ": expected 0 < min < max");
        }
    }

    @Override
    public String name() {
        return "exponential";
    }

    @Override
    public double at(double t) {
        return min * Math.exp(t * logRatio());
    }

    @Override
    public double integral(double t) {
        return min * Math.expm1(t * logRatio()) / logRatio();
    }

    private double logRatio() {
        return Math.log(max / min);
    }
}
