package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;

/**
 * The form of the Inception score, exp(E_x KL(p(y|x) || p(y))) with p(y) = E_x p(y|x) (Salimans et al. 2016, "Improved
 * techniques for training GANs", section 4), for the classifier at hand: from 1, when every sample gets the same
 * probabilities, to K, when samples are sure and evenly spread over the K classes. Only with the network of 2015 is it
 * "Inception Score"; with another the numbers do not compare.
 */
public final class InceptionScore {
    /** How far from 1 the probabilities of a sample may sum: more than single precision errs. */
    private static final double SUM_ERROR = 1e-4;

    private InceptionScore() {
    }

    /**
     * @param probabilities p(y|x) (n, K), n at least K; each row at least 0, with sum 1
     */
    public static double of(Features probabilities) {
        int n = probabilities.count();
        int classes = probabilities.dimension();
        probabilities.requireCount("Inception score over " + classes + " classes", classes);
        double[] marginal = new double[classes];
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int y = 0; y < classes; y++) {
                double p = probabilities.at(i, y);
                if (p < 0) {
                    throw new InputException("Inception score: probability " + y + " of sample " + i + " is " + p
                            + "; give probabilities, not logits");
                }
                sum += p;
                marginal[y] += p / n;
            }
            if (Math.abs(sum - 1) > SUM_ERROR) {
                throw new InputException("Inception score: the probabilities of sample " + i + " sum to " + sum
                        + "; give the softmax of the logits");
            }
        }
        double divergence = 0;
        for (int i = 0; i < n; i++) {
            for (int y = 0; y < classes; y++) {
                double p = probabilities.at(i, y);
                if (p > 0) {
                    divergence += p * Math.log(p / marginal[y]) / n;
                }
            }
        }
        return Math.exp(divergence);
    }
}
