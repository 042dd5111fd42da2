package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.sampling.metrics.ClassHistogram;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.InceptionScore;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Rows Q-IS, Q-CLASSES: what a classifier says of samples. */
class ClassMetricsTest {

    @Test
    void inceptionScoreFromOneToTheNumberOfClasses() {
        int k = 10;
        assertEquals(1, InceptionScore.of(probabilities(50, k, (i, y) -> (y + 1) / 55.0)), 1e-12);
        assertEquals(1, InceptionScore.of(probabilities(50, k, (i, y) -> y == 3 ? 1 : 0)), 1e-12);
        assertEquals(k, InceptionScore.of(probabilities(50, k, (i, y) -> y == i % k ? 1 : 0)), 1e-12);
        assertEquals(k / 2.0, InceptionScore.of(probabilities(50, k, (i, y) -> y / 2 == i % 5 ? 0.5 : 0)), 1e-12);
        // Nine tenths of one class: exp of the entropy of (0.9, 0.1).
        double entropy = -0.9 * Math.log(0.9) - 0.1 * Math.log(0.1);
        assertEquals(Math.exp(entropy), InceptionScore.of(probabilities(50, k, (i, y) -> y == (i < 45 ? 0 : 1) ? 1 : 0)), 1e-12);
    }

    /** Statistic and p value as other implementations give them, and a tail below what 1 - P can hold. */
    @Test
    void chiSquare() {
        ClassHistogram dice = new ClassHistogram(new int[] {16, 18, 16, 14, 12, 12});
        ClassHistogram.ChiSquare uniform = dice.againstUniform();
        assertEquals(2.0, uniform.statistic(), 1e-12);
        assertEquals(5, uniform.degreesOfFreedom());
        assertEquals(0.84914503608460956, uniform.pValue(), 1e-12);
        ClassHistogram.ChiSquare uneven = dice.against(16, 16, 16, 16, 16, 8);
        assertEquals(3.5, uneven.statistic(), 1e-12);
        assertEquals(0.62338762774958223, uneven.pValue(), 1e-12);
        ClassHistogram.ChiSquare far = new ClassHistogram(new int[] {150, 50, 100, 100}).againstUniform();
        assertEquals(50, far.statistic(), 1e-12);
        assertEquals(7.989e-11, far.pValue(), 1e-14);
        assertTrue(new ClassHistogram(new int[] {1000, 10}).againstUniform().pValue() > 0);
    }

    /** Fair labels: p is uniform, so 5 % of 2000 are below 0.05. */
    @Test
    void pValuesOfFairLabelsAreUniform() {
        int repeats = 2000;
        int below = 0;
        for (int r = 0; r < repeats; r++) {
            int[] labels = Arrays.stream(Draws.uniforms(50 + r, 300)).mapToInt(u -> (int) (u * 10)).toArray();
            ClassHistogram histogram = ClassHistogram.of(labels, 10);
            assertEquals(300, histogram.total());
            below += histogram.againstUniform().pValue() < 0.05 ? 1 : 0;
        }
        assertEquals(0.05, below / (double) repeats, 4 * Math.sqrt(0.05 * 0.95 / repeats));
    }

    @Test
    void histogramCounts() {
        assertArrayEquals(new int[] {2, 0, 3}, ClassHistogram.of(new int[] {2, 0, 2, 2, 0}, 3).counts());
    }

    /** Wilson's interval as tables have it. */
    @Test
    void accuracyWithItsInterval() {
        Accuracy most = Accuracy.of(95, 100);
        assertEquals(0.95, most.share());
        assertEquals(0.88825, most.lower(), 1e-5);
        assertEquals(0.97846, most.upper(), 1e-5);
        Accuracy all = Accuracy.of(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0}, new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0});
        assertEquals(0.72246, all.lower(), 1e-5);
        assertEquals(1, all.upper(), 1e-12);
        Accuracy none = Accuracy.of(0, 10);
        assertEquals(0, none.lower(), 1e-12);
        assertEquals(0.27754, none.upper(), 1e-5);
        assertEquals(new Accuracy(1, 2, 0.5, Accuracy.of(1, 2).lower(), Accuracy.of(1, 2).upper()), Accuracy.of(new int[] {4, 5}, new int[] {4, 6}));
    }

    private interface Probability {
        double at(int sample, int label);
    }

    private static Features probabilities(int n, int k, Probability p) {
        double[] values = new double[n * k];
        for (int i = 0; i < values.length; i++) {
            values[i] = p.at(i / k, i % k);
        }
        return Features.of(values, k);
    }
}
