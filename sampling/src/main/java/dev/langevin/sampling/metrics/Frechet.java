package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * Frechet distance (squared 2-Wasserstein distance) of two normal distributions,
 * |m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1^1/2 C_2 C_1^1/2)^1/2)
 * (Dowson & Landau 1982; Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6).
 *
 * <p>The value depends on where the features are from, so it is named after them: {@link #ON_PIXELS} for raw pixels, never
 * "FID", which is of one network of 2015. It falls with the number of samples, too: n belongs to its name. Between two
 * samples of n from one N(m, C) its expectation is, to first order in 1/n,
 * (2/n) [tr C + 1/2 sum_ij (1 + delta_ij) l_i l_j / (l_i + l_j)] with l the eigenvalues of C, not 0.
 */
public final class Frechet {
    /** What the distance is called when the features are pixels. */
    public static final String ON_PIXELS = "Frechet distance (pixels)";

    private Frechet() {
    }

    /**
     * The distance between the normal distributions fitted to two sets of features.
     *
     * @param x (n, d), n at least d + 1: of fewer no covariance has full rank, whatever they are samples of
     * @param y (m, d), m at least d + 1
     */
    public static double distance(Features x, Features y) {
        x.requireDimensionOf("Frechet distance", y);
        x.requireCount("Frechet distance", x.dimension() + 1);
        y.requireCount("Frechet distance", x.dimension() + 1);
        return distance(Gaussian.fit(x), Gaussian.fit(y));
    }

    /** The distance of two normal distributions of any rank: at least 0, up to round-off of either sign. */
    public static double distance(Gaussian a, Gaussian b) {
        return new Reference(a).distance(b);
    }

    /** One side of many distances, such as the real data: what is computed of it alone, half of the work, is kept. */
    public static final class Reference {
        private final Gaussian a;
        private final RealMatrix root; // S with C_1 = S S^T, (d, rank), or null where C_1 is 0

        public Reference(Gaussian a) {
            this.a = a;
            this.root = root(a.covariance());
        }

        /** As {@link Frechet#distance(Gaussian, Gaussian)}. */
        public double distance(Gaussian b) {
            if (a.dimension() != b.dimension()) {
                throw new InputException("Frechet distance: Gaussians of dimension " + a.dimension() + " and " + b.dimension()
                        + " cannot be compared");
            }
            double distance = 0;
            for (int i = 0; i < a.dimension(); i++) {
                double gap = a.mean()[i] - b.mean()[i];
                distance += gap * gap + a.covariance()[i][i] + b.covariance()[i][i];
            }
            return distance - 2 * traceOfRoot(b.covariance());
        }

        /**
         * tr (C_1^1/2 C_2 C_1^1/2)^1/2. The matrix under the root is similar to S^T C_2 S, which is symmetric: real
         * eigenvalues, none below 0 but by round-off.
         */
        private double traceOfRoot(double[][] c2) {
            if (root == null) {
                return 0;
            }
            RealMatrix product = root.transpose().multiply(new Array2DRowRealMatrix(c2, false).multiply(root));
            double trace = 0;
            for (double value : Spectrum.of(product.getData()).values) {
                trace += Math.sqrt(Math.max(0, value));
            }
            return trace;
        }

        /**
         * S = V L^1/2 of C_1 = V L V^T. Columns of S whose eigenvalue is round-off are left out; they would bring back its
         * square root, which is large.
         */
        private static RealMatrix root(double[][] c1) {
            int d = c1.length;
            Spectrum spectrum = Spectrum.of(c1);
            int rank = 0;
            while (rank < d && spectrum.values[rank] > d * Math.ulp(1.0) * spectrum.values[0]) {
                rank++;
            }
            if (rank == 0) {
                return null;
            }
            double[][] s = new double[d][rank];
            for (int i = 0; i < d; i++) {
                for (int k = 0; k < rank; k++) {
                    s[i][k] = spectrum.vectors.getEntry(i, k) * Math.sqrt(spectrum.values[k]);
                }
            }
            return new Array2DRowRealMatrix(s, false);
        }
    }

    /** Eigenvalues, falling, and eigenvectors, by column, of a symmetric matrix. */
    private record Spectrum(double[] values, RealMatrix vectors) {

        /**
         * C + |C| I has the eigenvectors of C. Its decomposition is the one to compute: the iteration ends when an element
         * beside the diagonal is small against its two neighbours on it, which among the zeros of a singular C is never
         * (measured: no convergence at rank 521 of 784).
         */
        static Spectrum of(double[][] c) {
            int d = c.length;
            double shift = new Array2DRowRealMatrix(c, false).getFrobeniusNorm();
            double[][] shifted = new double[d][d];
            for (int i = 0; i < d; i++) {
                for (int j = 0; j <= i; j++) {
                    shifted[i][j] = (c[i][j] + c[j][i]) / 2 + (i == j ? shift : 0);
                    shifted[j][i] = shifted[i][j];
                }
            }
            EigenDecomposition eigen = new EigenDecomposition(new Array2DRowRealMatrix(shifted, false));
            double[] values = eigen.getRealEigenvalues();
            for (int i = 0; i < d; i++) {
                values[i] -= shift;
            }
            return new Spectrum(values, eigen.getV());
        }
    }
}
