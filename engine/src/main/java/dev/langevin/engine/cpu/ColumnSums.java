package dev.langevin.engine.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Sums over the rows of a matrix, the gradient of a bias. */
final class ColumnSums {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    private static final int MOST_PARTS = 64;

    private ColumnSums() {
    }

    /**
     * sums[j] = sum over i of a[i, j]: rows are cut into parts by their number alone, the partial sums added in order.
     *
     * @param sums (cols), written
     * @param a    (rows, cols)
     */
    static void run(float[] sums, float[] a, int rows, int cols) {
        int parts = Math.clamp((long) rows * cols / 8192, 1, Math.min(rows, MOST_PARTS));
        float[] partial = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * cols);
        Parallel.run(parts, p -> {
            int from = (int) ((long) rows * p / parts);
            int to = (int) ((long) rows * (p + 1) / parts);
            if (cols < LANES) {
                few(partial, p * cols, a, from, to, cols);
            } else {
                many(partial, p * cols, a, from, to, cols);
            }
        });
        for (int j = 0; j < cols; j++) {
            float sum = 0;
            for (int p = 0; p < parts; p++) {
                sum += partial[p * cols + j];
            }
            sums[j] = sum;
        }
    }

    private static void few(float[] sums, int at, float[] a, int from, int to, int cols) {
        for (int j = 0; j < cols; j++) {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += a[i * cols + j];
            }
            sums[at + j] = (float) sum;
        }
    }

    private static void many(float[] sums, int at, float[] a, int from, int to, int cols) {
        Arrays.fill(sums, at, at + cols, 0);
        for (int i = from; i < to; i++) {
            int row = i * cols;
            int j = 0;
            for (; j <= cols - LANES; j += LANES) {
                FloatVector.fromArray(F, sums, at + j).add(FloatVector.fromArray(F, a, row + j))
                        .intoArray(sums, at + j);
            }
            for (; j < cols; j++) {
                sums[at + j] += a[row + j];
            }
        }
    }
}
