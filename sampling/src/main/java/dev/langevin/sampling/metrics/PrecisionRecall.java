package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;

/**
 * How far generated samples lie within the data, and the data within the samples. The manifold of a set is estimated by the
 * balls around its points that reach to their k-th nearest neighbours in the set. Precision and recall of two samples of one
 * distribution are below 1, the further the more dimensions it fills (measured for 2,000 and 1,500 normal points: 0.99 in 2
 * dimensions, 0.6 in 64), so they are read beside those of real data against real data.
 *
 * @param precision share of the samples that lie in a ball of the data (Kynkaanniemi et al. 2019, "Improved precision and
 *     recall metric for assessing generative models", equation 2)
 * @param recall share of the data that lie in a ball of the samples
 * @param density how many balls of the data hold a sample, on average over the samples, divided by k (Naeem et al. 2020,
 *     "Reliable fidelity and diversity metrics for generative models"); 1 is expected where both have one distribution
 * @param coverage share of the balls of the data that hold a sample (same paper); {@link #expectedCoverage} is expected where
 *     both have one distribution
 */
public record PrecisionRecall(double precision, double recall, double density, double coverage) {
    /** Kynkaanniemi et al.'s k. */
    public static final int NEIGHBOURS = 3;

    /**
     * A set's estimated manifold, kept where it is compared with many others.
     *
     * @param points (n, d)
     * @param squaredRadii (n), squared distance of each point to its k-th nearest of the others
     * @param k neighbours
     */
    public record Manifold(Features points, double[] squaredRadii, int k) {
        /**
         * @param points (n, d), n at least k + 1
         * @param k at least 1
         */
        public static Manifold of(Features points, int k) {
            if (k < 1) {
                throw new InputException("precision and recall: expected at least 1 neighbour, got " + k);
            }
            points.requireCount("precision and recall", k + 1);
            return new Manifold(points, Neighbours.squaredRadii(points, k), k);
        }
    }

    /** With k = 3. */
    public static PrecisionRecall of(Features data, Features samples) {
        return of(data, samples, NEIGHBOURS);
    }

    /**
     * @param data (n, d), n at least k + 1
     * @param samples (m, d), m at least k + 1; the numbers depend on n and m, so they are compared at equal ones only
     * @param k at least 1
     */
    public static PrecisionRecall of(Features data, Features samples, int k) {
        data.requireDimensionOf("precision and recall", samples);
        return of(Manifold.of(data, k), Manifold.of(samples, k));
    }

    /** Of two manifolds with one k. */
    public static PrecisionRecall of(Manifold ofData, Manifold ofSamples) {
        if (ofData.k != ofSamples.k) {
            throw new InputException("precision and recall: manifolds of " + ofData.k + " and " + ofSamples.k + " neighbours cannot be compared");
        }
        Features data = ofData.points;
        Features samples = ofSamples.points;
        data.requireDimensionOf("precision and recall", samples);
        double[] dataRadii = ofData.squaredRadii;
        double[] sampleRadii = ofSamples.squaredRadii;
        boolean[] sampleInData = new boolean[samples.count()];
        boolean[] dataInSamples = new boolean[data.count()];
        int[] held = new int[data.count()];
        ScreenedDistances.forEach(data, samples, (i, from, to, lower) -> {
            double radius = dataRadii[i];
            for (int j = from; j < to; j++) {
                double bound = lower[j - from];
                if (bound > radius && bound > sampleRadii[j]) {
                    continue;
                }
                double s = ScreenedDistances.exact(data, i, samples, j);
                if (s <= radius) {
                    held[i]++;
                    // Several threads may set the same element, all to the same value.
                    sampleInData[j] = true;
                }
                if (s <= sampleRadii[j]) {
                    dataInSamples[i] = true;
                }
            }
        });
        long pairs = 0;
        boolean[] holds = new boolean[held.length];
        for (int i = 0; i < held.length; i++) {
            pairs += held[i];
            holds[i] = held[i] > 0;
        }
        return new PrecisionRecall(share(sampleInData), share(dataInSamples), pairs / ((double) ofData.k * samples.count()), share(holds));
    }

    /**
     * The expectation of coverage when n data and m samples are of one continuous distribution, whichever it is:
     * 1 - C(n - 1, k) / C(n + m - 1, k), since the k nearest of all the others are then any k of them (Naeem et al.
     * 2020).
     */
    public static double expectedCoverage(int n, int m, int k) {
        double missed = 1;
        for (int i = 1; i <= k; i++) {
            missed *= (n - i) / (double) (n + m - i);
        }
        return 1 - missed;
    }

    private static double share(boolean[] flags) {
        int set = 0;
        for (boolean flag : flags) {
            set += flag ? 1 : 0;
        }
        return set / (double) flags.length;
    }
}
