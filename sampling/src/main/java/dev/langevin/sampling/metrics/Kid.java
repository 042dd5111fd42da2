package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;
import dev.langevin.engine.random.Philox;
import dev.langevin.sampling.Purpose;
import java.util.Arrays;

/**
 * Squared maximum mean discrepancy with the kernel k(x, y) = (x.y / d + 1)^3 (Binkowski et al. 2018, "Demystifying MMD GANs",
 * section 4, there with Inception features as KID). Unlike {@link Frechet} it has no bias: between samples of one
 * distribution its expectation is 0 for any n, so it may be negative.
 *
 * <p>Both sets are dealt at random, always in the same way, into blocks of which each gives the unbiased estimate
 * (Gretton et al. 2012, equation 3). No sample is in two blocks, so the estimates are independent: their mean is the value,
 * and their spread gives its standard error.
 *
 * @param value mean of the blocks' estimates
 * @param standardError standard deviation of the blocks' estimates over sqrt(blocks)
 * @param blocks number of blocks
 */
public record Kid(double value, double standardError, int blocks) {
    /** Of 10,000 samples each has 1,000, the size of Binkowski et al.'s subsets. */
    public static final int BLOCKS = 10;

    /** With 10 blocks. */
    public static Kid of(Features x, Features y) {
        return of(x, y, BLOCKS);
    }

    /**
     * @param x (n, d), n at least 2 blocks
     * @param y (m, d), m at least 2 blocks
     * @param blocks at least 2
     */
    public static Kid of(Features x, Features y, int blocks) {
        if (blocks < 2) {
            throw new InputException("KID: expected at least 2 blocks, got " + blocks);
        }
        x.requireDimensionOf("KID", y);
        x.requireCount("KID of " + blocks + " blocks", 2 * blocks);
        y.requireCount("KID of " + blocks + " blocks", 2 * blocks);
        int[] xOrder = shuffled(x.count(), 0);
        int[] yOrder = shuffled(y.count(), 1);
        double[] estimates = new double[blocks];
        double mean = 0;
        for (int b = 0; b < blocks; b++) {
            estimates[b] = estimate(block(x, xOrder, b, blocks), block(y, yOrder, b, blocks));
            mean += estimates[b] / blocks;
        }
        double squares = 0;
        for (double estimate : estimates) {
            squares += (estimate - mean) * (estimate - mean);
        }
        return new Kid(mean, Math.sqrt(squares / (blocks - 1) / blocks), blocks);
    }

    /** The unbiased estimate from (n, d) and (m, d): the means of k over pairs of different x, of different y, of x and y. */
    public static double estimate(Features x, Features y) {
        double n = x.count();
        double m = y.count();
        return (kernelSum(x, x) - diagonalSum(x)) / (n * (n - 1))
                + (kernelSum(y, y) - diagonalSum(y)) / (m * (m - 1))
                - 2 * kernelSum(x, y) / (n * m);
    }

    /** Sum over all i and j of k(x_i, y_j), by x.y = (|x|^2 + |y|^2 - |x - y|^2) / 2. */
    private static double kernelSum(Features x, Features y) {
        double[] xx = squaredNorms(x);
        double[] yy = squaredNorms(y);
        double[] sums = new double[x.count()];
        SquaredDistances.forEach(x, y, (i, from, to, squared) -> {
            double sum = 0;
            for (int j = from; j < to; j++) {
                sum += kernel((xx[i] + yy[j] - squared[j - from]) / 2, x.dimension());
            }
            sums[i] += sum;
        });
        double sum = 0;
        for (double s : sums) {
            sum += s;
        }
        return sum;
    }

    private static double diagonalSum(Features x) {
        double sum = 0;
        for (double xx : squaredNorms(x)) {
            sum += kernel(xx, x.dimension());
        }
        return sum;
    }

    private static double[] squaredNorms(Features x) {
        double[] norms = new double[x.count()];
        for (int i = 0; i < norms.length; i++) {
            for (int j = 0; j < x.dimension(); j++) {
                norms[i] += x.at(i, j) * x.at(i, j);
            }
        }
        return norms;
    }

    private static double kernel(double product, int d) {
        double base = product / d + 1;
        return base * base * base;
    }

    private static Features block(Features x, int[] order, int block, int blocks) {
        int from = (int) ((long) x.count() * block / blocks);
        int to = (int) ((long) x.count() * (block + 1) / blocks);
        return x.select(Arrays.copyOfRange(order, from, to));
    }

    /** The numbers below n in an order drawn by Fisher and Yates' method. Files are often sorted; blocks must not be. */
    private static int[] shuffled(int n, int set) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = (int) (Philox.uniform(0, Purpose.BLOCKS.code(), set, 0, i) * (i + 1));
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
