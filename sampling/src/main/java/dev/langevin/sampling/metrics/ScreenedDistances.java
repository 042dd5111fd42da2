package dev.langevin.sampling.metrics;

import dev.langevin.engine.cpu.Gemm;
import dev.langevin.engine.cpu.Parallel;

/**
 * Squared Euclidean distances of all pairs of two sets, for whoever only compares them: |x_i|^2 + |y_j|^2 - 2 x_i.y_j by a matrix
 * product in single precision, with a bound on how far that is off. Where the bound leaves a comparison open, the exact distance
 * decides: 0 for equal vectors and symmetric to the last bit. So results are those of the exact distances, at a fraction of the time
 * ({@link SquaredDistances} has every distance exact).
 */
final class ScreenedDistances {
    private static final int ROWS = 1024;
    private static final int COLUMNS = 2048;
    private static final int GRAIN = 32;

    /** Takes what is known of the distances of one x_i to y_j for j in [from, to). */
    @FunctionalInterface
    interface Row {
        /**
         * @param squared holds |x_i - y_j|^2 at {@code j - from}, NaN where it is too large for single precision
         * @param slack how far that is off at most
         */
        void accept(int i, int from, int to, double[] squared, double[] slack);
    }

    private ScreenedDistances() {
    }

    /** |x_i - y_j|^2 by the sum of squared differences. */
    static double exact(Features x, int i, Features y, int j) {
        double sum = 0;
        for (int k = 0; k < x.dimension(); k++) {
            double gap = x.at(i, k) - y.at(j, k);
            sum += gap * gap;
        }
        return sum;
    }

    /** Calls {@code row} for every i, on one thread at a time and with j ascending for the same i. */
    static void forEach(Features x, Features y, Row row) {
        int d = x.dimension();
        double[] centre = centre(y); // where vectors are short, products are accurate
        Centred a = new Centred(x, centre);
        Centred b = new Centred(y, centre);
        // Sums of d rounded products err by at most d units of 2^-24 of |x| |y|, at most half of |x|^2 + |y|^2; eight more are for the rounding of x and y.
        double unit = (d + 8) * 0x1p-24;
        float[] products = new float[Math.min(ROWS, x.count()) * Math.min(COLUMNS, y.count())];
        for (int top = 0; top < x.count(); top += ROWS) {
            int rows = Math.min(ROWS, x.count() - top);
            for (int left = 0; left < y.count(); left += COLUMNS) {
                int columns = Math.min(COLUMNS, y.count() - left);
                Gemm.multiply(products, 0, a.values, top * d, false, b.values, left * d, true, null, rows, columns, d, false);
                int firstRow = top;
                int from = left;
                Parallel.chunks(rows, GRAIN, (begin, end) -> {
                    double[] squared = new double[columns];
                    double[] slack = new double[columns];
                    for (int r = begin; r < end; r++) {
                        double xx = a.squaredNorms[firstRow + r];
                        for (int c = 0; c < columns; c++) {
                            double norms = xx + b.squaredNorms[from + c];
                            squared[c] = norms - 2.0 * products[r * columns + c];
                            slack[c] = unit * norms;
                        }
                        row.accept(firstRow + r, from, from + columns, squared, slack);
                    }
                });
            }
        }
    }

    private static double[] centre(Features y) {
        double[] centre = new double[y.dimension()];
        for (int j = 0; j < y.count(); j++) {
            for (int k = 0; k < centre.length; k++) {
                centre[k] += y.at(j, k) / y.count();
            }
        }
        return centre;
    }

    /** A set less the centre, in single precision, and its squared norms. */
    private static final class Centred {
        private final float[] values;
        private final double[] squaredNorms;

        Centred(Features x, double[] centre) {
            int d = x.dimension();
            this.values = new float[Math.multiplyExact(x.count(), d)];
            this.squaredNorms = new double[x.count()];
            Parallel.chunks(x.count(), GRAIN, (from, to) -> {
                for (int i = from; i < to; i++) {
                    double sum = 0;
                    for (int k = 0; k < d; k++) {
                        double value = x.at(i, k) - centre[k];
                        values[i * d + k] = (float) value;
                        sum += value * value;
                    }
                    squaredNorms[i] = sum;
                }
            });
        }
    }
}
