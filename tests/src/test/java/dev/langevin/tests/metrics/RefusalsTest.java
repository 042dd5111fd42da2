package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.sampling.metrics.ClassHistogram;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.Frechet;
import dev.langevin.sampling.metrics.Gaussian;
import dev.langevin.sampling.metrics.InceptionScore;
import dev.langevin.sampling.metrics.Kid;
import dev.langevin.sampling.metrics.Memorisation;
import dev.langevin.sampling.metrics.Neighbours;
import dev.langevin.sampling.metrics.PrecisionRecall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Rows Q-FRECHET, Q-KID, Q-PR, Q-MEMORY, Q-IS, Q-CLASSES: what no metric can be computed of is refused in one line. */
class RefusalsTest {
    private static final Features EIGHT = Draws.normal(1, 8, 3);
    private static final Features NONE = Features.of(new double[0], 3);
    private static final Features WIDER = Draws.normal(2, 8, 4);

    /** The number named is enough, and one sample fewer is not. */
    @Test
    void tooFewSamples() {
        refused("Frechet distance: 3 samples are too few, at least 4 are needed", () -> Frechet.distance(EIGHT, EIGHT.select(0, 1, 2)));
        refused("Frechet distance: 3 samples are too few, at least 4 are needed", () -> Frechet.distance(EIGHT.select(0, 1, 2), EIGHT));
        Frechet.distance(EIGHT, EIGHT.select(0, 1, 2, 3));
        refused("covariance: 1 samples are too few, at least 2 are needed", () -> Gaussian.fit(EIGHT.select(0)));
        refused("KID of 10 blocks: 8 samples are too few, at least 20 are needed", () -> Kid.of(EIGHT, EIGHT));
        refused("KID of 4 blocks: 7 samples are too few, at least 8 are needed", () -> Kid.of(EIGHT, EIGHT.select(0, 1, 2, 3, 4, 5, 6), 4));
        Kid.of(EIGHT, EIGHT, 4);
        refused("precision and recall: 3 samples are too few, at least 4 are needed", () -> PrecisionRecall.of(EIGHT, EIGHT.select(0, 1, 2)));
        refused("precision and recall: 8 samples are too few, at least 9 are needed", () -> PrecisionRecall.of(EIGHT, EIGHT, 8));
        PrecisionRecall.of(EIGHT, EIGHT.select(0, 1, 2, 3));
        refused("memorisation: 0 samples are too few, at least 1 are needed", () -> Memorisation.of(NONE, EIGHT, EIGHT));
        refused("memorisation: 8 training and 0 held-out examples are too few, at least 1 of each is needed", () -> Memorisation.of(EIGHT, EIGHT, NONE));
        refused("nearest neighbours: 0 samples are too few, at least 1 are needed", () -> Neighbours.nearest(EIGHT, NONE));
        refused("Inception score over 3 classes: 2 samples are too few, at least 3 are needed", () -> InceptionScore.of(EIGHT.select(0, 1)));
        refused("chi-square: 49 samples are too few, at least 50 are needed", () -> ClassHistogram.of(new int[49], 10).againstUniform());
        ClassHistogram.of(new int[50], 10).againstUniform();
        refused("chi-square: 8 samples are too few, at least 20 are needed", () -> ClassHistogram.of(new int[8], 2).against(1, 3));
        refused("accuracy: 0 samples are too few, at least 1 is needed", () -> Accuracy.of(0, 0));
    }

    @Test
    void dimensionsThatDoNotGoTogether() {
        String rest = ": features of dimension 3 and of dimension 4 cannot be compared; take both from one extractor";
        refused("Frechet distance" + rest, () -> Frechet.distance(EIGHT, WIDER));
        refused("KID" + rest, () -> Kid.of(EIGHT, WIDER));
        refused("precision and recall" + rest, () -> PrecisionRecall.of(EIGHT, WIDER));
        refused("memorisation" + rest, () -> Memorisation.of(WIDER, EIGHT, WIDER));
        refused("memorisation" + rest, () -> Memorisation.of(WIDER, EIGHT, EIGHT));
        refused("Frechet distance: Gaussians of dimension 3 and 4 cannot be compared", () -> Frechet.distance(Gaussian.fit(EIGHT), Gaussian.fit(WIDER)));
        refused("Gaussian: mean of dimension 2 and covariance of 3 rows of 3 do not go together", () -> new Gaussian(new double[2], new double[3][3]));
        refused("features: 7 numbers are no whole number of vectors of dimension 3", () -> Features.of(new double[7], 3));
        refused("accuracy: 3 predictions for 2 labels", () -> Accuracy.of(new int[3], new int[2]));
    }

    @Test
    void numbersOutOfRange() {
        refused("features: component 2 of sample 1 is NaN; look for the samples or weights that are not finite",
                () -> Features.of(new float[] {0, 0, 0, 0, 0, Float.NaN}, 3));
        refused("features: component 0 of sample 1 is -Infinity; look for the samples or weights that are not finite",
                () -> Features.of(new double[] {0, Double.NEGATIVE_INFINITY}, 1));
        refused("Inception score: probability 1 of sample 0 is -0.5; give probabilities, not logits",
                () -> InceptionScore.of(Features.of(new double[] {1.5, -0.5, 0, 1}, 2)));
        refused("Inception score: the probabilities of sample 1 sum to 2.0; give the softmax of the logits",
                () -> InceptionScore.of(Features.of(new double[] {1, 0, 1, 1}, 2)));
        refused("class histogram: label 10 of sample 1 is not in [0, 10)", () -> ClassHistogram.of(new int[] {0, 10}, 10));
        refused("class histogram: expected at least 2 classes, got 1", () -> ClassHistogram.of(new int[] {0}, 1));
        refused("class histogram: 3 shares for 2 classes", () -> ClassHistogram.of(new int[] {0}, 2).against(1, 2, 3));
        refused("class histogram: a share of 0.0; expected above 0 and finite", () -> ClassHistogram.of(new int[] {0}, 2).against(1, 0));
        refused("KID: expected at least 2 blocks, got 1", () -> Kid.of(EIGHT, EIGHT, 1));
        refused("precision and recall: expected at least 1 neighbour, got 0", () -> PrecisionRecall.of(EIGHT, EIGHT, 0));
        refused("accuracy: 3 right of 2", () -> Accuracy.of(3, 2));
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(InputException.class, call).getMessage());
    }
}
