package dev.langevin.model.nn;

import dev.langevin.model.sde.Sde;

/**
 * What a network is told of the noise level: one number for each image, a function of its time.
 *
 * @param kind which number
 * @param levels L, the length of the ladder that {@link Kind#INDEX} counts on, at least 2
 */
public record NoiseLabel(Kind kind, int levels) {
    /** Which number. */
    public enum Kind {
        /** t itself, in [0, T]. */
        TIME,
        /** sigma(t) = s(t) / a(t), in units of the data (E-SIG). */
        SIGMA,
        /**
         * ln sigma(t), which spreads the levels evenly. With Fourier features of scale 16 the label of NCSN++ (Song et al.
         * 2021, appendix H); with sinusoidal features of scale 1/4 that of EDM, ln(sigma) / 4 (Karras et al. 2022, table 1).
         */
        LOG_SIGMA,
        /**
         * The nearest of L levels at equal steps of time, round((L - 1) (1 - t / T)), from 0 at the greatest noise (E-IDX).
         * Under the variance-exploding process it is the index in NCSN's ladder, {@link dev.langevin.model.sde.NoiseLadder}.
         */
        INDEX
    }

    /** The time. */
    public static final NoiseLabel PLAIN = new NoiseLabel(Kind.TIME, 1000);

    public NoiseLabel {
        Checks.atLeast("noise.levels", levels, 2);
        Checks.rows("noise.levels", levels);
    }

    /** Of time t in (0, T]; finite wherever sigma(t) is above 0. */
    public double of(Sde sde, double t) {
        return switch (kind) {
            case TIME -> t;
            case SIGMA -> sde.sigma(t);
            case LOG_SIGMA -> Math.log(sde.sigma(t));
            case INDEX -> Math.rint((levels - 1) * (1 - t / sde.endTime()));
        };
    }
}
