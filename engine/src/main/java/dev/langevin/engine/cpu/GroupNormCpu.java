package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Group normalisation (Wu and He, 2018) of images (N, H, W, C), with an optional SiLU behind it:
 * xhat = (x - mean) / sqrt(variance + eps), z = gamma xhat + beta, y = z or z sigmoid(z), where mean and (biased)
 * variance are over the pixels and the channels of a group. Mean first, then the variance around it, corrected for
 * the rounding of the mean; never E[x^2] - E[x]^2.
 *
 * <p>A row is the least common multiple of C and the vector length (so a vector always meets the same channels), and
 * an image is a number of rows and a rest. All per-channel numbers are written out once a row. So any C runs in
 * vectors. An image is read several times, from the second-level cache.
 */
public final class GroupNormCpu {
    private GroupNormCpu() {
    }

    /**
     * Forward.
     *
     * @param y (n, hw, c), may be x
     * @param x (n, hw, c)
     * @param gamma (c)
     * @param beta (c)
     * @param groups divides c
     * @param silu whether SiLU follows
     */
    public static void forward(float[] y, float[] x, float[] gamma, float[] beta, int n, int hw, int c, int groups,
            float eps, boolean silu) {
        Parallel.run(n, image -> {
            GroupNormImage g = GroupNormImage.CURRENT.get();
            g.begin(x, gamma, beta, image, hw, c, groups, eps);
            g.out = y;
            for (GroupNormImage.Stage stage : silu ? FORWARD_SILU : FORWARD) {
                stage.run(g);
            }
            g.end();
        });
    }

    /**
     * Backward: gradients of x, gamma and beta from dy; mean and variance are computed again. Any of {@code dx},
     * {@code dgamma}, {@code dbeta} may be null.
     *
     * @param dx (n, hw, c), may be dy but not x
     * @param dgamma (c)
     * @param dbeta (c)
     * @param dy (n, hw, c)
     */
    public static void backward(float[] dx, float[] dgamma, float[] dbeta, float[] x, float[] gamma, float[] beta,
            float[] dy, int n, int hw, int c, int groups, float eps, boolean silu) {
        double[] partial = Scratch.local().doubles(Scratch.GROUP_NORM, 2 * n * c);
        Parallel.run(n, image -> {
            GroupNormImage g = GroupNormImage.CURRENT.get();
            g.begin(x, gamma, beta, image, hw, c, groups, eps);
            g.dy = dy;
            g.out = dx != null ? dx : g.dzSpace(hw * c);
            g.outOffset = dx != null ? image * hw * c : 0;
            g.partial = partial;
            for (GroupNormImage.Stage stage : silu ? BACKWARD_SILU : BACKWARD) {
                stage.run(g);
            }
            if (dx != null) {
                g.inputGradient();
            }
            g.end();
        });
        combine(dbeta, partial, 0, n, c);
        combine(dgamma, partial, c, n, c);
    }

    private static final GroupNormImage.Stage[] FORWARD = {GroupNormImage::sums, GroupNormImage::squares,
        GroupNormCpu::normalise};
    private static final GroupNormImage.Stage[] FORWARD_SILU = {GroupNormImage::sums, GroupNormImage::squares,
        GroupNormCpu::normaliseSilu};
    private static final GroupNormImage.Stage[] BACKWARD = {GroupNormImage::sums, GroupNormImage::squares,
        GroupNormCpu::outputGradient, GroupNormImage::gradientSums};
    private static final GroupNormImage.Stage[] BACKWARD_SILU = {GroupNormImage::sums, GroupNormImage::squares,
        GroupNormCpu::outputGradientSilu, GroupNormImage::gradientSums};

    private static void combine(float[] out, double[] partial, int offset, int n, int c) {
        if (out != null) {
            for (int j = 0; j < c; j++) {
                double sum = 0;
                for (int i = 0; i < n; i++) {
                    sum += partial[i * 2 * c + offset + j];
                }
                out[j] = (float) sum;
            }
        }
    }

    private static void normalise(GroupNormImage g) {
        g.spread();
        float[] x = g.x;
        float[] y = g.out;
        for (int r = 0; r < g.size; r += g.row) {
            int length = Math.min(g.row, g.size - r);
            int full = length - length % LANES;
            int at = g.offset + r;
            for (int i = 0; i < full; i += LANES) {
                FloatVector centred = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, g.mean, i));
                centred.fma(FloatVector.fromArray(F, g.scale, i), FloatVector.fromArray(F, g.shift, i))
                        .intoArray(y, at + i);
            }
            for (int i = full; i < length; i++) {
                y[at + i] = Math.fma(x[at + i] - g.mean[i], g.scale[i], g.shift[i]);
            }
        }
    }

    private static void normaliseSilu(GroupNormImage g) {
        g.spread();
        float[] x = g.x;
        float[] y = g.out;
        for (int r = 0; r < g.size; r += g.row) {
            int length = Math.min(g.row, g.size - r);
            int full = length - length % LANES;
            int at = g.offset + r;
            for (int i = 0; i < full; i += LANES) {
                FloatVector centred = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, g.mean, i));
                FloatVector z = centred.fma(FloatVector.fromArray(F, g.scale, i), FloatVector.fromArray(F, g.shift, i));
                z.mul(VectorMath.sigmoid(z)).intoArray(y, at + i);
            }
            for (int i = full; i < length; i++) {
                float z = Math.fma(x[at + i] - g.mean[i], g.scale[i], g.shift[i]);
                y[at + i] = z * VectorMath.sigmoid(z);
            }
        }
    }

    /** The gradient of z without SiLU is dy itself. */
    private static void outputGradient(GroupNormImage g) {
        g.spread();
        if (g.out != g.dy) {
            System.arraycopy(g.dy, g.offset, g.out, g.outOffset, g.size);
        }
    }

    /** dz = dy s (1 + z (1 - s)) with s = sigmoid(z), into out. */
    private static void outputGradientSilu(GroupNormImage g) {
        g.spread();
        float[] x = g.x;
        float[] dy = g.dy;
        float[] dz = g.out;
        for (int r = 0; r < g.size; r += g.row) {
            int length = Math.min(g.row, g.size - r);
            int full = length - length % LANES;
            int at = g.offset + r;
            int to = g.outOffset + r;
            for (int i = 0; i < full; i += LANES) {
                FloatVector centred = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, g.mean, i));
                FloatVector z = centred.fma(FloatVector.fromArray(F, g.scale, i), FloatVector.fromArray(F, g.shift, i));
                FloatVector s = VectorMath.sigmoid(z);
                FloatVector zs = z.mul(s);
                // s + z s - (z s) s
                s.add(zs).sub(zs.mul(s)).mul(FloatVector.fromArray(F, dy, at + i)).intoArray(dz, to + i);
            }
            for (int i = full; i < length; i++) {
                float z = Math.fma(x[at + i] - g.mean[i], g.scale[i], g.shift[i]);
                float s = VectorMath.sigmoid(z);
                float zs = z * s;
                dz[to + i] = (s + zs - zs * s) * dy[at + i];
            }
        }
    }
}
