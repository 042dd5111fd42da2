package dev.langevin.training.loss;

import dev.langevin.model.sde.Sde;

/** A distribution of training times on [eps, T], eps the least time that training draws. */
public interface TimeDensity {
    /** The time below which lies the share u of all, u in [0, 1): u uniform makes t of this density. */
    double quantile(double u);

    /** p(t), per unit of time, integral 1; where times are discrete, the chance of t. */
    double at(double t);

    /** Uniform in [eps, T]. */
    static TimeDensity uniform(Sde sde) {
        double eps = sde.trainingEpsilon();
        double length = sde.endTime() - eps;
        return new TimeDensity() {
            @Override
            public double quantile(double u) {
                return eps + length * u;
            }

            @Override
            public double at(double t) {
                return 1 / length;
            }
        };
    }
}
