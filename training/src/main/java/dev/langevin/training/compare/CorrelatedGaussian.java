package dev.langevin.training.compare;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;

/**
 * A stationary sequence of d numbers, each standard normal and correlated with its neighbour: x_1 = z_1, x_j = r x_{j-1} +
 * sqrt(1 - r^2) z_j. Its covariance is r^|i-j| and its precision P has three diagonals, so the score -P x, its trace and what a
 * random direction makes of that are known at any d; neighbouring pixels of images are correlated in this way.
 *
 * @param dimension d, at least 2
 */
record CorrelatedGaussian(int dimension) {
    private static final double R = 0.5;
    private static final int PURPOSE = 0xC044;

    /** N draws (N, d), a pure function of the seed. */
    Tensor draw(int n, long seed) {
        double[] x = new double[n * dimension];
        for (int i = 0; i < x.length; i++) {
            double z = Philox.normal(seed, PURPOSE, i / dimension, 0, i % dimension);
            x[i] = i % dimension == 0 ? z : R * x[i - 1] + Math.sqrt(1 - R * R) * z;
        }
        return Tensor.of(Shape.of(n, dimension), x);
    }

    /** -P x of x (N, d), by shifts to the left and to the right. */
    Tensor score(Tensor x) {
        int n = x.dim(0);
        double[] diagonal = new double[dimension];
        for (int j = 0; j < dimension; j++) {
            diagonal[j] = precision(j, j);
        }
        Tensor zero = Tensor.zeros(Shape.of(n, 1));
        Tensor neighbours = Tensor.concat(1, x.slice(1, 1, dimension), zero).add(Tensor.concat(1, zero, x.slice(1, 0, dimension - 1)));
        return neighbours.mul(-precision(0, 1)).sub(x.mul(Tensor.of(Shape.of(dimension), diagonal)));
    }

    /** P_ij. */
    double precision(int i, int j) {
        if (i == j) {
            return (i == 0 || i == dimension - 1 ? 1 : 1 + R * R) / (1 - R * R);
        }
        return Math.abs(i - j) == 1 ? -R / (1 - R * R) : 0;
    }
}
