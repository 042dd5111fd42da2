package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.Frechet;
import dev.langevin.sampling.metrics.Gaussian;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.stat.correlation.Covariance;
import org.junit.jupiter.api.Test;

/** Rows Q-FRECHET, X-56: the Frechet distance of normal distributions, and its bias, in closed form. */
class FrechetTest {

    @Test
    void diagonalGaussiansInClosedForm() {
        double[] m1 = {1, -2, 0.5, 3};
        double[] m2 = {0, -2, 2.5, 3};
        double[] v1 = {1, 4, 0.25, 9};
        double[] v2 = {2, 1, 0.25, 1e-4};
        double expected = 0;
        for (int i = 0; i < 4; i++) {
            expected += (m1[i] - m2[i]) * (m1[i] - m2[i]) + Math.pow(Math.sqrt(v1[i]) - Math.sqrt(v2[i]), 2);
        }
        assertEquals(expected, Frechet.distance(new Gaussian(m1, diagonal(v1)), new Gaussian(m2, diagonal(v2))), 1e-11);
    }

    /** The eigenvalues a, b of C_1 C_2 give (sqrt(a) + sqrt(b))^2 = tr C_1 C_2 + 2 sqrt(det C_1 C_2). */
    @Test
    void covariancesThatDoNotCommuteInClosedForm() {
        double[][] c1 = {{2, 0.9}, {0.9, 1}};
        double[][] c2 = {{0.5, -0.4}, {-0.4, 3}};
        double trace = 2 * 0.5 + 2 * 0.9 * -0.4 + 1 * 3;
        double determinant = (2 * 1 - 0.81) * (0.5 * 3 - 0.16);
        double expected = 3 + 3.5 - 2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
        Gaussian a = new Gaussian(new double[2], c1);
        Gaussian b = new Gaussian(new double[2], c2);
        assertEquals(expected, Frechet.distance(a, b), 1e-13);
        assertEquals(expected, Frechet.distance(b, a), 1e-13);
    }

    @Test
    void nothingIsBetweenASetAndItself() {
        Features x = Draws.normal(1, 1000, 128);
        assertEquals(0, Frechet.distance(x, x), 1e-10);
        Gaussian fewer = Gaussian.fit(Draws.normal(2, 100, 300));
        assertEquals(0, Frechet.distance(fewer, fewer), 1e-10);
        Gaussian constant = new Gaussian(new double[3], new double[3][3]);
        assertEquals(0, Frechet.distance(constant, constant));
    }

    /** Two Gaussians in 5 of 300 dimensions, rotated: the distance is that in 5 dimensions. */
    @Test
    void rankDeficientCovariances() {
        int d = 300;
        int rank = 5;
        Features x = Draws.normal(3, 40, rank);
        Features y = Draws.shifted(4, 50, rank, i -> 2 + i % 3);
        RealMatrix q = new QRDecomposition(new Array2DRowRealMatrix(rows(Draws.normal(5, d, rank)))).getQ().getSubMatrix(0, d - 1, 0, rank - 1);
        double expected = Frechet.distance(x, y);
        assertEquals(expected, Frechet.distance(Gaussian.fit(times(x, q)), Gaussian.fit(times(y, q))), 1e-6 * expected);
        double[][] first = diagonal(4, 0, 0);
        double[][] second = diagonal(0, 9, 0);
        assertEquals(13, Frechet.distance(new Gaussian(new double[3], first), new Gaussian(new double[3], second)), 1e-12);
    }

    /**
     * The value between two samples of n from one N(0, C), C = A A^T / 128 with A standard normal, against its expectation
     * to first order in 1/n, 5200 / n. The terms left out are of the order d / n of it.
     */
    @Test
    void biasFallsAsOneOverN() {
        int d = 128;
        RealMatrix a = new Array2DRowRealMatrix(rows(Draws.normal(6, d, d))).scalarMultiply(1 / Math.sqrt(d));
        double[] l = new EigenDecomposition(a.multiply(a.transpose())).getRealEigenvalues();
        double first = 0;
        for (int i = 0; i < d; i++) {
            first += l[i];
            for (int j = 0; j < d; j++) {
                first += 0.5 * (i == j ? 2 : 1) * l[i] * l[j] / (l[i] + l[j]);
            }
        }
        double last = Double.POSITIVE_INFINITY;
        for (int n : new int[] {500, 1000, 2000}) {
            double distance = Frechet.distance(times(Draws.normal(7 + n, n, d), a), times(Draws.normal(8 + n, n, d), a));
            assertEquals(2 * first / n, distance, 0.05 * distance, "n = " + n);
            assertTrue(distance < last);
            last = distance;
        }
    }

    @Test
    void covarianceIsThatOfAnIndependentImplementation() {
        Features x = Draws.normal(9, 50, 37);
        Gaussian fitted = Gaussian.fit(x);
        double[][] expected = new Covariance(rows(x)).getCovarianceMatrix().getData();
        for (int i = 0; i < 37; i++) {
            assertArrayEquals(expected[i], fitted.covariance()[i], 1e-13);
        }
    }

    /** 1, 2, 3 and their negatives beside 10^8: E[x^2] - m^2 has no digit left. */
    @Test
    void aLargeMeanCostsNoDigits() {
        double[] x = {1e8 - 3, 1e8 - 2, 1e8 - 1, 1e8 + 1, 1e8 + 2, 1e8 + 3};
        Gaussian fitted = Gaussian.fit(Features.of(x, 1));
        assertEquals(1e8, fitted.mean()[0], 1e-7);
        assertEquals(28 / 5.0, fitted.covariance()[0][0], 1e-12);
    }

    private static double[][] diagonal(double... values) {
        double[][] c = new double[values.length][values.length];
        for (int i = 0; i < values.length; i++) {
            c[i][i] = values[i];
        }
        return c;
    }

    private static double[][] rows(Features x) {
        double[][] out = new double[x.count()][x.dimension()];
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j < x.dimension(); j++) {
                out[i][j] = x.at(i, j);
            }
        }
        return out;
    }

    /** x q^T: each vector multiplied by q (out, d). */
    private static Features times(Features x, RealMatrix q) {
        int out = q.getRowDimension();
        double[][] product = new Array2DRowRealMatrix(rows(x), false).multiply(q.transpose()).getData();
        double[] values = new double[x.count() * out];
        for (int i = 0; i < x.count(); i++) {
            System.arraycopy(product[i], 0, values, i * out, out);
        }
        return Features.of(values, out);
    }
}
