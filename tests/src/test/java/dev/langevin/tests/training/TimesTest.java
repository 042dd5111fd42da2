package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.training.loss.ImportanceTimes;
import dev.langevin.training.loss.LadderTimes;
import dev.langevin.training.loss.LogNormalTimes;
import dev.langevin.training.loss.TimeDensity;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row T-DSM-T: times are uniform in [eps, T], a function of (seed, step, example), however a batch is split. Of every other
 * density (T-EDM, T-NCSN, T-IMP) the draws and the formula belong together.
 */
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

    static Stream<Arguments> densities() {
        return Sdes.all().stream().flatMap(sde -> Stream.concat(
                Stream.of(Arguments.of(sde, "uniform", TimeDensity.uniform(sde)), Arguments.of(sde, "log-normal", new LogNormalTimes(sde, -1.2, 1.2))),
                Weighting.ALL.stream().map(w -> Arguments.of(sde, "importance " + w.name(), new ImportanceTimes(sde, w)))));
    }

    /** The quantile goes from eps to T, and its derivative is 1 over the density: so the density is that of the draws, of integral 1. */
    @ParameterizedTest
    @MethodSource("densities")
    void quantileAndDensityBelongTogether(Sde sde, String name, TimeDensity density) {
        String where = sde.name() + " " + name;
        assertEquals(sde.trainingEpsilon(), density.quantile(0), 1e-9, where);
        assertEquals(sde.endTime(), density.quantile(1 - 0x1p-53), 1e-6, where);
        double last = 0;
        for (double u = 0.0103; u < 1; u += 0.0307) {
            double t = density.quantile(u);
            assertTrue(t > last, where);
            last = t;
            double h = 1e-7 * Math.min(u, 1 - u);
            double slope = (density.quantile(u + h) - density.quantile(u - h)) / (2 * h);
            assertEquals(1, slope * density.at(t), 1e-4, where + " at u = " + u);
        }
    }

    /** Any split of a batch, and either way to draw, serve any density. */
    @ParameterizedTest
    @EnumSource(Times.class)
    void drawsAreQuantilesOfUniformOnes(Times times) {
        Sde sde = Sdes.all().getFirst();
        TimeDensity density = new LogNormalTimes(sde, -1.2, 1.2);
        double eps = sde.trainingEpsilon();
        double[] uniform = times.draw(sde, 9, 4, 0, BATCH, BATCH);
        double[] expected = Arrays.stream(uniform).map(t -> density.quantile((t - eps) / (1 - eps))).toArray();
        assertArrayEquals(expected, times.draw(density, 9, 4, 0, BATCH, BATCH), 1e-9);
    }

    /** Half of the log-normal levels are below exp(P_mean), and 68.27 % within one P_std of it. */
    @Test
    void logNormalLevels() {
        for (Sde sde : Sdes.all()) {
            TimeDensity density = new LogNormalTimes(sde, -0.5, 0.8);
            assertEquals(Math.exp(-0.5), sde.sigma(density.quantile(0.5)), 1e-3, sde.name());
            assertEquals(Math.exp(-1.3), sde.sigma(density.quantile(0.158655)), 1e-3, sde.name());
            assertEquals(Math.exp(0.3), sde.sigma(density.quantile(0.841345)), 1e-3, sde.name());
        }
        InputException e = assertThrows(InputException.class, () -> new LogNormalTimes(Sdes.named("ve"), 9, 0.5));
        assertTrue(e.getMessage().contains("log-sigma-mean 9"), e.getMessage());
        assertThrows(InputException.class, () -> new LogNormalTimes(Sdes.named("ve"), 0, 0));
    }

    /** Each level of a ladder has its share, from the least noise to the most. */
    @Test
    void ladderLevels() {
        for (Sde sde : Sdes.all()) {
            LadderTimes ladder = new LadderTimes(sde, 7);
            double[] t = Times.STRATIFIED.draw(ladder, 9, 1, 0, 700, 700);
            for (double level : ladder.times()) {
                assertEquals(100, Arrays.stream(t).filter(u -> u == level).count(), 1);
                assertEquals(1 / 7.0, ladder.at(level));
            }
            assertEquals(sde.trainingEpsilon(), ladder.times()[0], 1e-12);
            assertEquals(sde.endTime(), ladder.times()[6], 1e-12);
            assertEquals(0, ladder.at(0.5));
        }
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
