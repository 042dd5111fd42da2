package dev.langevin.model.sde;

import dev.langevin.engine.InputException;

/**
 * The geometric noise levels sigma_1 > ... > sigma_L of a noise-conditional score network, sigma_1 / sigma_2 = ... =
 * sigma_(L-1) / sigma_L > 1 (Song and Ermon 2019, section 4.2), from the greatest to the least. {@link VeSde} passes through the
 * same levels at evenly spaced times.
 *
 * @param sigmaMax sigma_1, above sigmaMin, in units of the data
 * @param sigmaMin sigma_L, above 0
 * @param levels L, at least 2
 */
public record NoiseLadder(double sigmaMax, double sigmaMin, int levels) {

    public NoiseLadder {
        if (!(sigmaMin > 0 && sigmaMax > sigmaMin && Double.isFinite(sigmaMax))) {
            throw new InputException("noise levels from " + sigmaMax + " down to " + sigmaMin + ": expected sigmaMax > sigmaMin > 0");
        }
        if (levels < 2) {
            throw new InputException("noise levels: expected at least 2, got " + levels);
        }
    }

    /**
     * The level of index i.
     *
     * @param i from 0, where it is sigmaMax, to L - 1, where it is sigmaMin, both exactly
     */
    public double level(int i) {
        if (i < 0 || i >= levels) {
            throw new InputException("noise level " + i + ": expected 0 to " + (levels - 1));
        }
        return i == 0 ? sigmaMax : i == levels - 1 ? sigmaMin : sigmaMax * Math.exp(-i * logRatio());
    }

    /** Each level over the next, above 1. */
    public double ratio() {
        return Math.exp(logRatio());
    }

    private double logRatio() {
        return Math.log(sigmaMax / sigmaMin) / (levels - 1);
    }
}
