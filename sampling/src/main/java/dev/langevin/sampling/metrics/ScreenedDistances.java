package dev.langevin.sampling.metrics;

import dev.langevin.engine.cpu.Gemm;
import dev.langevin.engine.cpu.Parallel;

/**
 * Lower bounds of the squared Euclidean distances of all pairs of two sets, for whoever looks for those that are near:
 * |x_i|^2 + |y_j|^2 - 2 x_i.y_j by a matrix product in single precision, less what that is off at most. Where the bound leaves it open,
 * the {@link #exact} distance decides: 0 for equal vectors and symmetric to the last bit. So results are those of the exact distances, at
 * a fraction of the time ({@link SquaredDistances} has every distance exact).
 */
final class ScreenedDistances {
    private static final int ROWS = 1024;
    private static final int COLUMNS = 2048;
    private static final int GRAIN = 32;

    /** Takes what is known of the distances of one x_i to y_j for j in [from, to). */
    @FunctionalInterface
    interface Row {
        /** @param lower holds a number of at most |x_i - y_j|^2 at {@code j - from}; NaN or minus infinity where single precision is too small for it */
        void accept(int i, int from, int to, double[] lower);
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
        double sure = 1 - (d + 8) * 0x1p-24;
        double underflow = 4.0 * d * Float.MIN_VALUE;
        float[] products = new float[Math.min(ROWS, x.count()) * Math.min(COLUMNS, y.count())];
        for (int left = 0; left < y.count(); left += COLUMNS) {
            int from = left;
            int columns = Math.min(COLUMNS, y.count() - left);
            double[] norms = new double[columns];
            for (int c = 0; c < columns; c++) {
                norms[c] = sure * b.squaredNorms[left + c];
            }
            for (int top = 0; top < x.count(); top += ROWS) {
                int first = top;
                int rows = Math.min(ROWS, x.count() - top);
                Gemm.multiply(products, 0, a.values, top * d, false, b.values, left * d, true, null, rows, columns, d, false);
                Parallel.chunks(rows, GRAIN, (begin, end) -> {
                    double[] lower = new double[columns];
                    for (int r = begin; r < end; r++) {
                        bounds(sure * a.squaredNorms[first + r] - underflow, norms, products, r * columns, lower);
                        row.accept(first + r, from, from + columns, lower);
                    }
                });
            }
        }
    }

    private static void bounds(double norm, double[] norms, float[] products, int offset, double[] lower) {
        for (int c = 0; c < lower.length; c++) {
            double bound = norm + norms[c] - 2.0 * products[offset + c];
            lower[c] = bound < Double.POSITIVE_INFINITY ? bound : Double.NaN; // a product that overflowed says nothing
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
