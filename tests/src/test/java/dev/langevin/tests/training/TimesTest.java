package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.training.loss.Times;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Row T-DSM-T: times are uniform in [eps, T], a function of (seed, step, example), however a batch is split. */
class TimesTest {
    private static final int BATCH = 64;

    /** The Kolmogorov-Smirnov distance of n uniform numbers exceeds 1.95 / sqrt(n) with a chance of 1e-3. */
    @ParameterizedTest
    @EnumSource(Times.class)
    void uniformFromEpsilonToT(Times times) {
        for (Sde sde : Sdes.all()) {
            double[] all = new double[200 * BATCH];
            for (int step = 1; step <= 200; step++) {
                System.arraycopy(times.draw(sde, 9, step, 0, BATCH, BATCH), 0, all, (step - 1) * BATCH, BATCH);
            }
            Arrays.sort(all);
            assertTrue(all[0] >= sde.trainingEpsilon() && all[all.length - 1] <= sde.endTime());
            double distance = 0;
            for (int i = 0; i < all.length; i++) {
                double u = (all[i] - sde.trainingEpsilon()) / (sde.endTime() - sde.trainingEpsilon());
                distance = Math.max(distance, Math.max(Math.abs(u - (double) i / all.length), Math.abs(u - (i + 1.0) / all.length)));
            }
            assertTrue(distance < 1.95 / Math.sqrt(all.length), times + " " + sde.name() + ": " + distance);
        }
    }

    /** Each example's time by itself is uniform over the steps: none is tied to a part of the interval. */
    @ParameterizedTest
    @EnumSource(Times.class)
    void everyExampleMeetsAllTimes(Times times) {
        Sde sde = Sdes.all().getFirst();
        int steps = 2000;
        double mean = 0;
        double square = 0;
        for (int step = 0; step < steps; step++) {
            double u = times.draw(sde, 9, step, 5, 1, BATCH)[0];
            mean += u / steps;
            square += u * u / steps;
        }
        assertEquals(0.5, mean, 4 * Math.sqrt(1 / 12.0 / steps));
        assertEquals(1 / 3.0, square, 4 * Math.sqrt(4 / 45.0 / steps));
    }

    @Test
    void stratifiedCoversEachPartOnce() {
        Sde sde = Sdes.all().getFirst();
        double eps = sde.trainingEpsilon();
        for (int step = 0; step < 20; step++) {
            double[] t = Times.STRATIFIED.draw(sde, 9, step, 0, BATCH, BATCH);
            Arrays.sort(t);
            for (int i = 1; i < BATCH; i++) {
                assertEquals((1 - eps) / BATCH, t[i] - t[i - 1], 1e-12);
            }
            assertTrue(t[0] - eps < 1.0 / BATCH);
        }
    }

    @ParameterizedTest
    @EnumSource(Times.class)
    void partsOfABatchAreTheBatch(Times times) {
        Sde sde = Sdes.all().getFirst();
        double[] whole = times.draw(sde, 9, 4, 0, BATCH, BATCH);
        double[] parts = new double[BATCH];
        for (int first = 0; first < BATCH; first += 16) {
            System.arraycopy(times.draw(sde, 9, 4, first, 16, BATCH), 0, parts, first, 16);
        }
        assertArrayEquals(whole, parts);
        assertTrue(!Arrays.equals(whole, times.draw(sde, 9, 5, 0, BATCH, BATCH)), "another step");
        assertTrue(!Arrays.equals(whole, times.draw(sde, 8, 4, 0, BATCH, BATCH)), "another seed");
    }
}
