package dev.langevin.model.score;

import dev.langevin.engine.InputException;

/** C = L L^T of a small symmetric positive definite matrix C (d, d), in double. */
final class Cholesky {
    private final double[][] lower;

    /** @throws InputException when C is not positive definite */
    Cholesky(double[][] c) {
        int d = c.length;
        lower = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
                double rest = c[i][j];
                for (int k = 0; k < j; k++) {
                    rest -= lower[i][k] * lower[j][k];
                }
                if (i == j && !(rest > 0)) {
                    throw new InputException("covariance: not positive definite (pivot " + i + " is " + rest + ")");
                }
                lower[i][j] = i == j ? Math.sqrt(rest) : rest / lower[j][j];
            }
        }
    }

    /** ln det C. */
    double logDeterminant() {
        double sum = 0;
        for (int i = 0; i < lower.length; i++) {
            sum += 2 * Math.log(lower[i][i]);
        }
        return sum;
    }

    /** C^-1 b. */
    double[] solve(double[] b) {
        int d = lower.length;
        double[] x = b.clone();
        for (int i = 0; i < d; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= lower[i][k] * x[k];
            }
            x[i] /= lower[i][i];
        }
        for (int i = d - 1; i >= 0; i--) {
            for (int k = i + 1; k < d; k++) {
                x[i] -= lower[k][i] * x[k];
            }
            x[i] /= lower[i][i];
        }
        return x;
    }

    /** C^-1, row-major, (d, d). */
    double[] inverse() {
        int d = lower.length;
        double[] inverse = new double[d * d];
        for (int i = 0; i < d; i++) {
            double[] unit = new double[d];
            unit[i] = 1;
            System.arraycopy(solve(unit), 0, inverse, i * d, d);
        }
        return inverse;
    }
}
