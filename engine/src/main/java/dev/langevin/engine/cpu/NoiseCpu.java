package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Passes that draw random numbers, some in the first-level cache at a time, and use them at once. */
public final class NoiseCpu {
    /** Elements whose numbers are drawn at a time. A multiple of 4. */
    private static final int BATCH = 1024;
    private static final int GRAIN = 16384;

    private NoiseCpu() {
    }

    /** What is done with the elements [from, to) of an image. */
    private interface Piece {
        void run(int image, int from, int to);
    }

    private static void pieces(int n, int imageSize, Piece piece) {
        int count = (imageSize + GRAIN - 1) / GRAIN;
        Parallel.chunks(n * count, Math.max(1, GRAIN / Math.max(1, imageSize)), (first, last) -> {
            for (int t = first; t < last; t++) {
                int end = Math.min(imageSize, t % count * GRAIN + GRAIN);
                for (int e = t % count * GRAIN; e < end; e += BATCH) {
                    piece.run(t / count, e, Math.min(end, e + BATCH));
                }
            }
        });
    }

    /**
     * Of each element u, uniform in (0, 1): y = x scale where u is greater than {@code rate}, else 0.
     *
     * @param y (n, imageSize), may be x
     * @param x (n, imageSize)
     */
    public static void dropout(float[] y, float[] x, float rate, float scale, int n, int imageSize,
            long seed, int purpose, int firstImage, int step) {
        pieces(n, imageSize, (image, from, to) -> {
            float[] u = Scratch.local().floats(Scratch.NOISE, BATCH);
            PhiloxCpu.uniformRange(u, 0, from, to, seed, purpose, firstImage + image, step);
            int at = image * imageSize + from;
            keep(y, x, at, to - from, u, rate, scale);
        });
    }

    private static void keep(float[] y, float[] x, int at, int size, float[] u, float rate, float scale) {
        // Times 0, not replaced by 0: the sign of zero and NaN are those of the definition.
        FloatVector zero = FloatVector.zero(F);
        FloatVector scales = FloatVector.broadcast(F, scale);
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            VectorMask<Float> kept = FloatVector.fromArray(F, u, i).compare(VectorOperators.GT, rate);
            FloatVector.fromArray(F, x, at + i).mul(zero.blend(scales, kept)).intoArray(y, at + i);
        }
        for (; i < size; i++) {
            y[at + i] = x[at + i] * (u[i] > rate ? scale : 0);
        }
    }

    /**
     * For each image i: z standard normal, xt = a[i] x0 + s[i] z.
     *
     * @param xt (n, imageSize), may be x0
     * @param z (n, imageSize), not x0
     * @param x0 (n, imageSize)
     * @param a (n)
     * @param s (n)
     */
    public static void perturb(float[] xt, float[] z, float[] x0, float[] a, float[] s, int n, int imageSize,
            long seed, int purpose, int firstImage, int step) {
        pieces(n, imageSize, (image, from, to) -> {
            int at = image * imageSize + from;
            PhiloxCpu.normalRange(z, at, from, to, seed, purpose, firstImage + image, step);
            mix(xt, x0, z, at, at + to - from, a[image], s[image]);
        });
    }

    private static void mix(float[] xt, float[] x0, float[] z, int from, int to, float a, float s) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector.fromArray(F, x0, i).mul(a).add(FloatVector.fromArray(F, z, i).mul(s)).intoArray(xt, i);
        }
        for (; i < to; i++) {
            xt[i] = x0[i] * a + z[i] * s;
        }
    }
}
