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
        /** @param squared holds |x_i - y_j|^2 at {@code offset + j - from} */
        void accept(int i, int from, int to, double[] squared, int offset);
    }

    private SquaredDistances() {
    }

    /** Calls {@code row} for every i, from one thread and with j ascending for the same i. */
    static void forEach(Features x, Features y, Row row) {
        int d = x.dimension();
        int depth = (d + 3) / 4 * 4;
        double[][] panels = new double[(y.count() + COLUMNS - 1) / COLUMNS][];
        Parallel.run(panels.length, p -> panels[p] = panel(y, p * COLUMNS, depth));
        Parallel.chunks(x.count(), ROWS, (first, end) -> {
            double[] sums = new double[ROWS * COLUMNS];
            double[] xi = new double[depth];
            for (int p = 0; p < panels.length; p++) {
                Arrays.fill(sums, 0);
                for (int k = 0; k < depth; k += DEPTH) {
                    for (int i = first; i < end; i++) {
                        for (int j = 0; j < d; j++) {
                            xi[j] = x.at(i, j);
                        }
                        add(xi, panels[p], k, Math.min(depth, k + DEPTH), sums, (i - first) * COLUMNS);
                    }
                }
                int from = p * COLUMNS;
                for (int i = first; i < end; i++) {
                    row.accept(i, from, Math.min(y.count(), from + COLUMNS), sums, (i - first) * COLUMNS);
                }
            }
        });
    }

    /** Rows [from, from + COLUMNS) of y by columns, component k of row from + j at k * COLUMNS + j; 0 where there is none. */
    private static double[] panel(Features y, int from, int depth) {
        double[] panel = new double[depth * COLUMNS];
        for (int j = 0; j < Math.min(COLUMNS, y.count() - from); j++) {
            for (int k = 0; k < y.dimension(); k++) {
                panel[k * COLUMNS + j] = y.at(from + j, k);
            }
        }
        return panel;
    }

    /** sums[at + j] += sum over k in [from, to), a multiple of four, of (x[k] - y_j[k])^2. */
    private static void add(double[] x, double[] panel, int from, int to, double[] sums, int at) {
        for (int k = from; k < to; k += 4) {
            double x0 = x[k];
            double x1 = x[k + 1];
            double x2 = x[k + 2];
            double x3 = x[k + 3];
            int y0 = k * COLUMNS;
            int y1 = y0 + COLUMNS;
            int y2 = y1 + COLUMNS;
            int y3 = y2 + COLUMNS;
            for (int j = 0; j < COLUMNS; j++) {
                double d0 = x0 - panel[y0 + j];
                double d1 = x1 - panel[y1 + j];
                double d2 = x2 - panel[y2 + j];
                double d3 = x3 - panel[y3 + j];
                sums[at + j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
            }
        }
    }
}
