package dev.langevin.sampling.metrics;

import dev.langevin.engine.cpu.Parallel;
import java.util.Arrays;

/**
 * Squared Euclidean distances of all pairs of two sets, |x_i - y_j|^2, by the sum of squared differences: 0 for equal
 * vectors and symmetric to the last bit, which |x|^2 + |y|^2 - 2 x.y is not. They are handed over in pieces and never
 * stored, on all threads of {@link Parallel}; the loops are such that the compiler makes vectors of them.
 */
final class SquaredDistances {
    /** Rows of x that a task has at a time, rows of y in a panel, components that are summed in one pass. */
    private static final int ROWS = 32;
    private static final int COLUMNS = 128;
    private static final int DEPTH = 128;

    /** Takes the distances of one x_i to y_j for j in [from, to). */
    @FunctionalInterface
    interface Row {
        /** @param squared holds |x_i - y_j|^2 at {@code j - from} */
        void accept(int i, int from, int to, double[] squared);
    }

    private SquaredDistances() {
    }

    /** Calls {@code row} for every i, from one thread and with j ascending for the same i. */
    static void forEach(Features x, Features y, Row row) {
        int d = x.dimension();
        int depth = (d + 3) / 4 * 4;
        double[][][] panels = new double[(y.count() + COLUMNS - 1) / COLUMNS][][];
        Parallel.run(panels.length, p -> panels[p] = panel(y, p * COLUMNS, depth));
        Parallel.chunks(x.count(), ROWS, (first, end) -> {
            double[][] rows = new double[end - first][depth];
            for (int i = first; i < end; i++) {
                for (int k = 0; k < d; k++) {
                    rows[i - first][k] = x.at(i, k);
                }
            }
            double[][] sums = new double[end - first][COLUMNS];
            for (int p = 0; p < panels.length; p++) {
                for (double[] sum : sums) {
                    Arrays.fill(sum, 0);
                }
                for (int k = 0; k < depth; k += DEPTH) {
                    for (int i = 0; i < sums.length; i++) {
                        add(rows[i], panels[p], k, Math.min(depth, k + DEPTH), sums[i]);
                    }
                }
                int from = p * COLUMNS;
                for (int i = first; i < end; i++) {
                    row.accept(i, from, Math.min(y.count(), from + COLUMNS), sums[i - first]);
                }
            }
        });
    }

    /** Rows [from, from + COLUMNS) of y by components: component k of row from + j at [k][j], 0 where there is none. */
    private static double[][] panel(Features y, int from, int depth) {
        double[][] panel = new double[depth][COLUMNS];
        for (int j = 0; j < Math.min(COLUMNS, y.count() - from); j++) {
            for (int k = 0; k < y.dimension(); k++) {
                panel[k][j] = y.at(from + j, k);
            }
        }
        return panel;
    }

    /** sums[j] += sum over k in [from, to), a multiple of four, of (x[k] - y_j[k])^2. */
    private static void add(double[] x, double[][] panel, int from, int to, double[] sums) {
        for (int k = from; k < to; k += 4) {
            add(x[k], panel[k], x[k + 1], panel[k + 1], x[k + 2], panel[k + 2], x[k + 3], panel[k + 3], sums);
        }
    }

    /** Every array at the same index: with offsets into one the compiler makes no vectors, since they might overlap. */
    private static void add(double x0, double[] y0, double x1, double[] y1, double x2, double[] y2, double x3, double[] y3, double[] sums) {
        for (int j = 0; j < COLUMNS; j++) {
            double d0 = x0 - y0[j];
            double d1 = x1 - y1[j];
            double d2 = x2 - y2[j];
            double d3 = x3 - y3[j];
            sums[j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
        }
    }
}
