package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Lanes.PARTS;
import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/** Sums over each image of a batch: pieces of fixed length in float, added in order in double. */
public final class ImageSums {
    private static final int PIECE = 4096;
    private static final int GRAIN = 16384;

    private ImageSums() {
    }

    /**
     * The sum of x^2 over each image.
     *
     * @param out (n)
     * @param x (n, imageSize)
     */
    public static void squares(float[] out, float[] x, int n, int imageSize) {
        each(n, imageSize, image -> out[image] = (float) squares(x, image * imageSize, imageSize));
    }

    /** As {@link #squares(float[], float[], int, int)}, of the standard normal numbers of a stream. */
    public static void noiseSquares(float[] out, int n, int imageSize, long seed, int purpose, int firstImage, int step) {
        each(n, imageSize, image -> {
            float[] z = Scratch.local().floats(Scratch.NOISE, PIECE);
            double sum = 0;
            for (int from = 0; from < imageSize; from += PIECE) {
                int to = Math.min(imageSize, from + PIECE);
                PhiloxCpu.normalRange(z, 0, from, to, seed, purpose, firstImage + image, step);
                sum += OptimiserCpu.squares(z, 0, to - from);
            }
            out[image] = (float) sum;
        });
    }

    /**
     * The mean of (p + z)^2 over each image.
     *
     * @param out (n)
     * @param p (n, imageSize)
     * @param z (n, imageSize)
     */
    public static void residual(float[] out, float[] p, float[] z, int n, int imageSize) {
        each(n, imageSize, image -> {
            double sum = 0;
            int end = (image + 1) * imageSize;
            for (int from = image * imageSize; from < end; from += PIECE) {
                sum += residualPiece(p, z, from, Math.min(end, from + PIECE));
            }
            out[image] = (float) (sum / imageSize);
        });
    }

    /**
     * The gradient of {@link #residual} to p, which is that to z: d = 2 / imageSize dy (p + z).
     *
     * @param d (n, imageSize)
     * @param dy (n)
     */
    public static void residualBackward(float[] d, float[] p, float[] z, float[] dy, int n, int imageSize) {
        each(n, imageSize, image ->
                scaledSum(d, p, z, image * imageSize, (image + 1) * imageSize, (float) (2.0 / imageSize * dy[image])));
    }

    /** The sum of the squares of x[from, from + size). */
    static double squares(float[] x, int from, int size) {
        double sum = 0;
        for (int i = from; i < from + size; i += PIECE) {
            sum += OptimiserCpu.squares(x, i, Math.min(from + size, i + PIECE));
        }
        return sum;
    }

    private static void each(int n, int imageSize, Parallel.Body body) {
        Parallel.chunks(n, Math.max(1, GRAIN / Math.max(1, imageSize)), (from, to) -> {
            for (int image = from; image < to; image++) {
                body.run(image);
            }
        });
    }

    private static double residualPiece(float[] p, float[] z, int from, int to) {
        float[] parts = Scratch.local().floats(Scratch.LANES, PARTS);
        int whole = to - (to - from) % (2 * PARTS);
        for (int lane = 0; lane < PARTS; lane += LANES) {
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = s0;
            for (int i = from + lane; i < whole; i += 2 * PARTS) {
                FloatVector a = FloatVector.fromArray(F, p, i).add(FloatVector.fromArray(F, z, i));
                FloatVector b = FloatVector.fromArray(F, p, i + PARTS).add(FloatVector.fromArray(F, z, i + PARTS));
                s0 = a.fma(a, s0);
                s1 = b.fma(b, s1);
            }
            s0.add(s1).intoArray(parts, lane);
        }
        double sum = Lanes.sum(parts, 0);
        for (int i = whole; i < to; i++) {
            double d = p[i] + z[i];
            sum += d * d;
        }
        return sum;
    }

    private static void scaledSum(float[] d, float[] p, float[] z, int from, int to, float scale) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector.fromArray(F, p, i).add(FloatVector.fromArray(F, z, i)).mul(scale).intoArray(d, i);
        }
        for (; i < to; i++) {
            d[i] = (p[i] + z[i]) * scale;
        }
    }
}
