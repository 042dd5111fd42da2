package dev.langevin.training.loss;

import dev.langevin.model.sde.Sde;

/** lambda(t), the weight of the squared error of the score at time t. */
public enum Weighting {
    /** lambda = s^2: every noise level counts alike; the simple loss of noise prediction (Song et al. 2021; Ho et al. 2020). */
    SIGMA2 {
        @Override
        public double scoreWeight(Sde sde, double t) {
            return sde.std(t) * sde.std(t);
        }
    },
    /** lambda = g^2: with it the loss bounds the likelihood (Song, Durkan, Murray and Ermon 2021). */
    LIKELIHOOD {
        @Override
        public double scoreWeight(Sde sde, double t) {
            return sde.diffusion(t) * sde.diffusion(t);
        }
    },
    /** lambda = 1: low noise dominates, since the target grows as 1/s. */
    UNIFORM {
        @Override
        public double scoreWeight(Sde sde, double t) {
            return 1;
        }
    };

    /** lambda(t) at least 0. */
    public abstract double scoreWeight(Sde sde, double t);
}
