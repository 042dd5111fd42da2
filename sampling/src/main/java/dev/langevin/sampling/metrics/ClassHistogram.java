package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;
import java.util.Arrays;
import org.apache.commons.math3.special.Gamma;

/**
 * How often each class occurs.
 *
 * @param counts (K)
 */
public record ClassHistogram(int[] counts) {
    /** Smallest expected count at which chi-square's distribution holds (Cochran 1954). */
    private static final int LEAST_EXPECTED = 5;

    /**
     * Pearson's test.
     *
     * @param statistic sum over classes of (count - expected)^2 / expected
     * @param degreesOfFreedom K - 1
     * @param pValue probability of a statistic at least as large, were the shares as supposed
     */
    public record ChiSquare(double statistic, int degreesOfFreedom, double pValue) {
    }

    /**
     * @param labels (n), each in [0, classes)
     * @param classes K, at least 2
     */
    public static ClassHistogram of(int[] labels, int classes) {
        if (classes < 2) {
            throw new InputException("class histogram: expected at least 2 classes, got " + classes);
        }
        int[] counts = new int[classes];
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new InputException("class histogram: label " + labels[i] + " of sample " + i + " is not in [0, " + classes + ")");
            }
            counts[labels[i]]++;
        }
        return new ClassHistogram(counts);
    }

    /** n. */
    public int total() {
        return Arrays.stream(counts).sum();
    }

    /** Against equal shares. */
    public ChiSquare againstUniform() {
        double[] shares = new double[counts.length];
        Arrays.fill(shares, 1.0 / counts.length);
        return against(shares);
    }

    /**
     * Against known shares, such as those of the training set.
     *
     * @param shares (K), in proportion, each above 0; so many samples are needed that 5 of the rarest class are expected
     */
    public ChiSquare against(double... shares) {
        if (shares.length != counts.length) {
            throw new InputException("class histogram: " + shares.length + " shares for " + counts.length + " classes");
        }
        double sum = 0;
        double least = Double.POSITIVE_INFINITY;
        for (double share : shares) {
            if (!(share > 0 && share < Double.POSITIVE_INFINITY)) {
                throw new InputException("class histogram: a share of " + share + "; expected above 0 and finite");
            }
            sum += share;
            least = Math.min(least, share);
        }
        int n = total();
        int needed = (int) Math.ceil(LEAST_EXPECTED * sum / least - 1e-9);
        if (n < needed) {
            throw new InputException("chi-square: " + n + " samples are too few, at least " + needed + " are needed");
        }
        double statistic = 0;
        for (int y = 0; y < counts.length; y++) {
            double expected = n * shares[y] / sum;
            statistic += (counts[y] - expected) * (counts[y] - expected) / expected;
        }
        int degrees = counts.length - 1;
        // The tail itself: ChiSquaredDistribution has its complement alone, and 1 - that is 0 below 1e-16.
        return new ChiSquare(statistic, degrees, Gamma.regularizedGammaQ(degrees / 2.0, statistic / 2));
    }
}
