package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/** The steps of samplers: linear combinations of state and score, with fresh noise. */
public final class SamplerCpu {
    /** Elements whose noise is made, in the first-level cache, and used at once. A multiple of 4. */
    private static final int BATCH = 1024;
    private static final int GRAIN = 16384;

    private SamplerCpu() {
    }

    /**
     * For each image i: out = a[i] x + b[i] s + c[i] z, where z are the standard normal numbers of image
     * {@code firstImage + i} of the stream (seed, purpose, step).
     *
     * @param out (n, imageSize); may be x or s
     * @param x state, (n, imageSize)
     * @param s score or any other direction, (n, imageSize)
     * @param a (n)
     * @param b (n)
     * @param c (n)
     */
    public static void affineNoise(float[] out, float[] x, float[] s, int n, int imageSize,
            float[] a, float[] b, float[] c, long seed, int purpose, int firstImage, int step) {
        int pieces = (imageSize + GRAIN - 1) / GRAIN;
        Parallel.chunks(n * pieces, Math.max(1, GRAIN / Math.max(1, imageSize)), (first, last) -> {
            float[] z = Scratch.local().floats(Scratch.NOISE, BATCH);
            for (int t = first; t < last; t++) {
                int image = t / pieces;
                int from = t % pieces * GRAIN;
                int to = Math.min(imageSize, from + GRAIN);
                for (int e = from; e < to; e += BATCH) {
                    int size = Math.min(BATCH, to - e);
                    PhiloxCpu.normalRange(z, 0, e, e + size, seed, purpose, firstImage + image, step);
                    int at = image * imageSize + e;
                    step(out, x, s, at, size, a[image], b[image], c[image], z, 0);
                }
            }
        });
    }

    /**
     * Langevin dynamics with a step size of each image's own (Song et al. 2021, algorithms 4 and 5): out = x + eps s +
     * sqrt(2 eps) z with eps = factor |z|^2 / |s|^2, or 0 where s is 0 everywhere in an image. The noise waits in out
     * while its norm is taken.
     *
     * @param out (n, imageSize); not x or s
     * @param x state, (n, imageSize)
     * @param s score, (n, imageSize)
     */
    public static void langevin(float[] out, float[] x, float[] s, int n, int imageSize, double factor,
            long seed, int purpose, int firstImage, int step) {
        Parallel.run(n, image -> {
            int at = image * imageSize;
            PhiloxCpu.normalRange(out, at, 0, imageSize, seed, purpose, firstImage + image, step);
            double slope = ImageSums.squares(s, at, imageSize);
            double eps = slope > 0 ? factor * ImageSums.squares(out, at, imageSize) / slope : 0;
            step(out, x, s, at, imageSize, 1, (float) eps, (float) Math.sqrt(2 * eps), out, at);
        });
    }

    private static void step(float[] out, float[] x, float[] s, int at, int size, float a, float b, float c, float[] z,
            int zAt) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector m = FloatVector.fromArray(F, x, at + i).mul(a)
                    .add(FloatVector.fromArray(F, s, at + i).mul(b));
            FloatVector.fromArray(F, z, zAt + i).mul(c).add(m).intoArray(out, at + i);
        }
        for (; i < size; i++) {
            out[at + i] = z[zAt + i] * c + (x[at + i] * a + s[at + i] * b);
        }
    }
}
