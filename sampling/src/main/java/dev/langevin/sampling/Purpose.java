package dev.langevin.sampling;

/**
 * What a sampler draws noise for. The code is part of every random key, so that no two uses ever share a draw, whatever
 * their seed, image and step; sampling owns the codes from 100 to 199.
 */
public enum Purpose {
    /** x(T) itself. */
    PRIOR(100),
    /** The noise of a predictor's step. */
    PREDICTOR(101),
    /** The noise of a corrector's step. */
    CORRECTOR(102),
    /** The noise that EDM's sampler adds before a step. */
    CHURN(120),
    /** The Brownian path of a solver that chooses its steps. */
    PATH(110),
    /** The noise of what is known of an image. */
    KNOWN(130),
    /** The noise that takes a state back to an earlier time of the sampler. */
    RESAMPLING(131),
    /** The noise under an image that is to be edited. */
    EDIT(132),
    /** A random mask, or random projections. */
    OPERATOR(133),
    /** The noise of a measurement that is made of an image. */
    MEASUREMENT(134),
    /** The probe of a likelihood's divergence. */
    PROBE(150),
    /** The place of a pixel within its level, of a likelihood's images. */
    DEQUANTISATION(151),
    /** The noised data of a variational bound. */
    BOUND(152),
    /** Which samples an estimate takes together; seed 0, so that a metric is a function of its samples. */
    BLOCKS(190),
    /** The noise under which a score's magnitude is looked at. */
    MAGNITUDE(191);

    private final int code;

    Purpose(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
