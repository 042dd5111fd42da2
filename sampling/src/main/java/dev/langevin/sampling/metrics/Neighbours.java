package dev.langevin.sampling.metrics;

import java.util.Arrays;

/**
 * The nearest reference of each sample.
 *
 * @param index (n), the lowest where several are equally near
 * @param squaredDistance (n), |x_i - y_index|^2
 */
public record Neighbours(int[] index, double[] squaredDistance) {

    /**
     * @param samples (n, d)
     * @param references (m, d), m at least 1
     */
    public static Neighbours nearest(Features samples, Features references) {
        samples.requireDimensionOf("nearest neighbours", references);
        references.requireCount("nearest neighbours", 1);
        int[] index = new int[samples.count()];
        double[] best = new double[samples.count()];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        ScreenedDistances.forEach(samples, references, (i, from, to, lower) -> {
            double least = best[i];
            for (int j = from; j < to; j++) {
                if (!(lower[j - from] > least)) { // NaN is open, too
                    double s = ScreenedDistances.exact(samples, i, references, j);
                    if (s < least) {
                        least = s;
                        index[i] = j;
                    }
                }
            }
            best[i] = least;
        });
        return new Neighbours(index, best);
    }

    /** Squared distance of each sample to the {@code k}-th nearest of the others of its own set (n). */
    static double[] squaredRadii(Features x, int k) {
        double[][] nearest = new double[x.count()][k];
        for (double[] row : nearest) {
            Arrays.fill(row, Double.POSITIVE_INFINITY);
        }
        ScreenedDistances.forEach(x, x, (i, from, to, lower) -> {
            double[] found = nearest[i];
            for (int j = from; j < to; j++) {
                if (!(lower[j - from] > found[k - 1]) && j != i) {
                    insert(found, ScreenedDistances.exact(x, i, x, j));
                }
            }
        });
        return Arrays.stream(nearest).mapToDouble(row -> row[k - 1]).toArray();
    }

    /** Keeps the smallest numbers, rising. */
    private static void insert(double[] smallest, double value) {
        int at = smallest.length - 1;
        if (value >= smallest[at]) {
            return;
        }
        while (at > 0 && smallest[at - 1] > value) {
            smallest[at] = smallest[at - 1];
            at--;
        }
        smallest[at] = value;
    }
}
