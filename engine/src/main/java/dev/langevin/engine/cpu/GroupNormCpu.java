package dev.langevin.engine.cpu;

import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;

/**
 * Group normalisation (Wu and He, 2018) of images (N, H, W, C), with an optional modulation of each image and an optional
 * SiLU behind it: xhat = (u - mean) / sqrt(variance + eps), z = gamma xhat + beta, y = z or z sigmoid(z), where mean and
 * (biased) variance are over the pixels and the channels of a group. u = x, but x + e for {@link Form#SHIFT} and
 * x (1 + e_1) + e_2 for {@link Form#FILM}; {@link Form#ADAGN} puts z (1 + e_1) + e_2 in place of z. Squares are summed
 * around a mean of some of the pixels, and corrected for its distance from the mean of all; never E[x^2] - E[x]^2.
 *
 * <p>A row is a multiple of C and of the vector length (so a vector always meets the same channels), and an image is a
 * number of rows and a rest. All per-channel numbers are written out once a row. So any C runs in vectors. Forward
 * reads an image twice, backward three times, from the second-level cache but for the first time.
 */
public final class GroupNormCpu {
    private GroupNormCpu() {
    }

    /** {@link #forward(float[], float[], float[], float[], Form, float[], int, int, int, int, float, boolean)} without modulation. */
    public static void forward(float[] y, float[] x, float[] gamma, float[] beta, int n, int hw, int c, int groups,
            float eps, boolean silu) {
        forward(y, x, gamma, beta, null, null, n, hw, c, groups, eps, silu);
    }

    /**
     * Forward.
     *
     * @param y (n, hw, c), may be x
     * @param x (n, hw, c)
     * @param gamma (c)
     * @param beta (c)
     * @param form how e enters, or null
     * @param e (n, c) or (n, 2 c), as form says, or null
     * @param groups divides c
     * @param silu whether SiLU follows
     */
    public static void forward(float[] y, float[] x, float[] gamma, float[] beta, Form form, float[] e,
            int n, int hw, int c, int groups, float eps, boolean silu) {
        int width = form == null ? 0 : form.perChannel() * c;
        Parallel.run(n, image -> {
            GroupNormImage g = GroupNormImage.CURRENT.get();
            int at = image * hw * c;
            g.begin(hw, c, groups, eps);
            g.modulate(gamma, beta, form, e, image * width);
            g.statistics(x, at);
            g.each(x, null, y, at, at, silu ? GroupNormLoop.NORMALISE_SILU : GroupNormLoop.NORMALISE);
            g.end();
        });
    }

    /** {@link #backward(float[], float[], float[], float[], float[], float[], float[], Form, float[], float[], int, int, int, int, float, boolean)} without modulation. */
    public static void backward(float[] dx, float[] dgamma, float[] dbeta, float[] x, float[] gamma, float[] beta,
            float[] dy, int n, int hw, int c, int groups, float eps, boolean silu) {
        backward(dx, dgamma, dbeta, null, x, gamma, beta, null, null, dy, n, hw, c, groups, eps, silu);
    }

    /**
     * Backward: gradients of x, gamma, beta and e from dy; mean and variance are computed again. Any of {@code dx},
     * {@code dgamma}, {@code dbeta}, {@code de} may be null.
     *
     * @param dx (n, hw, c), may be dy but not x
     * @param dgamma (c)
     * @param dbeta (c)
     * @param de of e's shape
     * @param dy (n, hw, c)
     */
    public static void backward(float[] dx, float[] dgamma, float[] dbeta, float[] de, float[] x, float[] gamma, float[] beta,
            Form form, float[] e, float[] dy, int n, int hw, int c, int groups, float eps, boolean silu) {
        int width = form == null ? 0 : form.perChannel() * c;
        double[] partial = Scratch.local().doubles(Scratch.GROUP_NORM, 2 * n * c);
        Parallel.run(n, image -> {
            GroupNormImage g = GroupNormImage.CURRENT.get();
            int at = image * hw * c;
            g.begin(hw, c, groups, eps);
            g.modulate(gamma, beta, form, e, image * width);
            g.statistics(x, at);
            float[] dz = dy;
            int dzAt = at;
            if (silu) {
                dz = dx != null ? dx : Scratch.local().floats(Scratch.IMAGE_GRADIENT, hw * c);
                dzAt = dx != null ? at : 0;
                g.sum(x, dy, dz, at, dzAt, GroupNormLoop.OUTPUT_GRADIENT_SILU, GroupNormLoop.GRADIENT_SUMS);
            } else {
                g.sum(x, null, dy, at, at, GroupNormLoop.GRADIENT_SUMS);
            }
            g.gradients(partial, image * 2 * c, form, e, de, image * width, gamma, beta);
            if (dx != null) {
                g.each(x, dz, dx, at, at, GroupNormLoop.INPUT_GRADIENT);
            }
            g.end();
        });
        if (dgamma != null || dbeta != null) {
            combine(dgamma, dbeta, partial, n, c);
        }
    }

    /** Adds the images' parts in order. */
    private static void combine(float[] dgamma, float[] dbeta, double[] partial, int n, int c) {
        for (int i = 1; i < n; i++) {
            for (int j = 0; j < 2 * c; j++) {
                partial[j] += partial[i * 2 * c + j];
            }
        }
        for (int j = 0; j < c; j++) {
            if (dbeta != null) {
                dbeta[j] = (float) partial[j];
            }
            if (dgamma != null) {
                dgamma[j] = (float) partial[c + j];
            }
        }
    }
}
