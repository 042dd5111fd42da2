package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Lanes.PARTS;
import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/** Softmax over rows: y_i = exp(x_i - max x) / sum_j exp(x_j - max x). */
public final class SoftmaxCpu {
    private static final int GRAIN = 8192;

    private SoftmaxCpu() {
    }

    /**
     * Forward.
     *
     * @param y (rows, length), may be x
     * @param x (rows, length)
     */
    public static void forward(float[] y, float[] x, int rows, int length) {
        Parallel.chunks(rows, Math.max(1, GRAIN / Math.max(1, length)), (from, to) -> {
            for (int r = from; r < to; r++) {
                row(y, x, r * length, length);
            }
        });
    }

    /** One row of {@code length} elements from {@code at} on. */
    static void row(float[] y, float[] x, int at, int length) {
        float sum = exponentials(y, x, at, length, ReduceCpu.maxOf(x, at, at + length));
        scale(y, at, length, 1f / sum);
    }

    private static float exponentials(float[] y, float[] x, int at, int length, float max) {
        int whole = length - length % PARTS;
        float sum = 0;
        if (whole > 0) {
            float[] parts = Scratch.local().floats(Scratch.LANES, PARTS);
            for (int lane = 0; lane < PARTS; lane += LANES) {
                FloatVector sums = FloatVector.zero(F);
                for (int i = lane; i < whole; i += PARTS) {
                    FloatVector e = VectorMath.exp(FloatVector.fromArray(F, x, at + i).sub(max));
                    sums = sums.add(e);
                    e.intoArray(y, at + i);
                }
                sums.intoArray(parts, lane);
            }
            sum = Lanes.sum(parts, 0);
        }
        for (int i = whole; i < length; i++) {
            float e = VectorMath.exp(x[at + i] - max);
            y[at + i] = e;
            sum += e;
        }
        return sum;
    }

    private static void scale(float[] y, int at, int length, float factor) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(F, y, at + i).mul(factor).intoArray(y, at + i);
        }
        for (; i < length; i++) {
            y[at + i] *= factor;
        }
    }
}
