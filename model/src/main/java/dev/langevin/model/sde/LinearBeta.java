package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * beta(t) = min + t (max - min): the schedule of Ho et al. 2020 and Song et al. 2021.
 *
 * @param min beta(0), at least 0
 * @param max beta(1), at least min and above 0
 */
public record LinearBeta(double min, double max) implements BetaSchedule {

    public LinearBeta {
        if (!(min >= 0 && max >= min && max > 0 && Double.isFinite(max))) {
            throw new InputException("beta from " + min + " to " + max + ": expected 0 <= min <= max, max > 0");
        }
    }

    @Override
    public String name() {
        return "linear";
    }

    @Override
    public double at(double t) {
        return min + t * (max - min);
    }

    @Override
    public double integral(double t) {
        return t * (min + 0.5 * t * (max - min));
    }
}
