package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.Parallel;

/**
 * A normal distribution N(m, C).
 *
 * @param mean m (d)
 * @param covariance C (d, d), symmetric
 */
public record Gaussian(double[] mean, double[][] covariance) {
    /** Rows of C that one task computes. */
    private static final int ROWS = 16;

    public Gaussian {
        for (double[] row : covariance) {
            if (row.length != mean.length || covariance.length != mean.length) {
                throw new InputException("Gaussian: mean of dimension " + mean.length + " and covariance of " + covariance.length
                        + " rows of " + row.length + " do not go together");
            }
        }
    }

    /**
     * Sample mean and unbiased covariance, C = sum_r (x_r - m) (x_r - m)^T / (n - 1), in two passes: the form
     * E[x x^T] - m m^T loses all digits where the mean is large beside the deviation.
     *
     * @param x (n, d), n at least 2
     */
    public static Gaussian fit(Features x) {
        x.requireCount("covariance", 2);
        int n = x.count();
        int d = x.dimension();
        double[] mean = new double[d];
        for (int r = 0; r < n; r++) {
            for (int j = 0; j < d; j++) {
                mean[j] += x.at(r, j) / n;
            }
        }
        double[][] centred = new double[n][d];
        Parallel.chunks(n, 1024, (from, to) -> {
            for (int r = from; r < to; r++) {
                for (int j = 0; j < d; j++) {
                    centred[r][j] = x.at(r, j) - mean[j];
                }
            }
        });
        double[][] covariance = new double[d][d];
        Parallel.chunks(d, ROWS, (from, to) -> {
            for (double[] row : centred) {
                for (int i = from; i < to; i++) {
                    addScaled(row[i], row, i, covariance[i]);
                }
            }
        });
        for (int i = 0; i < d; i++) {
            for (int j = i; j < d; j++) {
                covariance[i][j] /= n - 1;
                covariance[j][i] = covariance[i][j];
            }
        }
        return new Gaussian(mean, covariance);
    }

    /** d. */
    public int dimension() {
        return mean.length;
    }

    /** sum[j] += scale * row[j] for j from {@code from} on. */
    private static void addScaled(double scale, double[] row, int from, double[] sum) {
        for (int j = from; j < row.length; j++) {
            sum[j] += scale * row[j];
        }
    }
}
