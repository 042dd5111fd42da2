package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * Share of right answers, with Wilson's score interval (Wilson 1927), which unlike share +- error stays within [0, 1] and has
 * a width at shares of 0 and 1 too.
 *
 * @param correct right answers
 * @param total answers
 * @param share correct / total
 * @param lower lower end of the interval
 * @param upper upper end of the interval
 */
public record Accuracy(int correct, int total, double share, double lower, double upper) {
    /** What share of such intervals holds the true accuracy. */
    public static final double CONFIDENCE = 0.95;

    /**
     * @param predicted a classifier's labels (n), n at least 1
     * @param wanted the labels that were asked for (n)
     */
    public static Accuracy of(int[] predicted, int[] wanted) {
        if (predicted.length != wanted.length) {
            throw new InputException("accuracy: " + predicted.length + " predictions for " + wanted.length + " labels");
        }
        int correct = 0;
        for (int i = 0; i < predicted.length; i++) {
            correct += predicted[i] == wanted[i] ? 1 : 0;
        }
        return of(correct, predicted.length);
    }

    /** @param total at least 1 */
    public static Accuracy of(int correct, int total) {
        if (total < 1) {
            throw new InputException("accuracy: " + total + " samples are too few, at least 1 is needed");
        }
        if (correct < 0 || correct > total) {
            throw new InputException("accuracy: " + correct + " right of " + total);
        }
        ConfidenceInterval interval = new WilsonScoreInterval().createInterval(total, correct, CONFIDENCE);
        return new Accuracy(correct, total, correct / (double) total, interval.getLowerBound(), interval.getUpperBound());
    }
}
