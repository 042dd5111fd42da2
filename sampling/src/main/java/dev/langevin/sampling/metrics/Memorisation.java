package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;

/**
 * Whether a model gives back what it was trained on: the share of its samples that are nearer to a training example than to
 * any held-out one. When the samples know nothing of which n of the n + m examples were trained on, these are any n of them,
 * and the share is n / (n + m) in expectation, whatever the distributions and however good the samples. (A related test, of
 * distances to the training set alone: Meehan, Chaudhuri & Dasgupta 2020, "A non-parametric test to detect data-copying".)
 *
 * <p>Its standard error under that hypothesis is exact: with w_r the share of the samples whose nearest example is r, the
 * share is the sum of w_r over n of N = n + m examples drawn without replacement, and its variance
 * n m / (N (N - 1)) (sum_r w_r^2 - 1/N). A binomial error would be too small, since samples that crowd around one example
 * go together.
 *
 * @param share of samples nearer to train than to test; one equally near counts half
 * @param expected n / (n + m)
 * @param standardError of the share without memorisation
 * @param toTrain nearest training example of each sample
 * @param toTest nearest held-out example of each sample
 */
public record Memorisation(double share, double expected, double standardError, Neighbours toTrain, Neighbours toTest) {

    /**
     * @param samples (s, d)
     * @param train (n, d), what the model was trained on or a part of it drawn at random
     * @param test (m, d), of the same distribution and never trained on
     */
    public static Memorisation of(Features samples, Features train, Features test) {
        train.requireDimensionOf("memorisation", test);
        train.requireDimensionOf("memorisation", samples);
        samples.requireCount("memorisation", 1);
        if (train.count() < 1 || test.count() < 1) {
            throw new InputException("memorisation: " + train.count() + " training and " + test.count()
                    + " held-out examples are too few, at least 1 of each is needed");
        }
        Neighbours toTrain = Neighbours.nearest(samples, train);
        Neighbours toTest = Neighbours.nearest(samples, test);
        double[] trainWeight = new double[train.count()];
        double[] testWeight = new double[test.count()];
        for (int i = 0; i < samples.count(); i++) {
            int nearer = Double.compare(toTest.squaredDistance()[i], toTrain.squaredDistance()[i]);
            double forTrain = (1 + nearer) / 2.0 / samples.count();
            trainWeight[toTrain.index()[i]] += forTrain;
            testWeight[toTest.index()[i]] += 1.0 / samples.count() - forTrain;
        }
        double share = 0;
        double squares = 0;
        for (double w : trainWeight) {
            share += w;
            squares += w * w;
        }
        for (double w : testWeight) {
            squares += w * w;
        }
        double n = train.count();
        double m = test.count();
        double all = n + m;
        double variance = n * m / (all * (all - 1)) * (squares - 1 / all);
        return new Memorisation(share, n / all, Math.sqrt(Math.max(0, variance)), toTrain, toTest);
    }

    /**
     * How many standard errors the share is above what is expected; beyond 3 samples are copied, or nearly. 0 where the error
     * is 0: every example has then equally many samples, and the share cannot be another.
     */
    public double z() {
        return standardError == 0 ? 0 : (share - expected) / standardError;
    }
}
