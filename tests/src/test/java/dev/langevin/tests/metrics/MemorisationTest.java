package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.Memorisation;
import dev.langevin.sampling.metrics.Neighbours;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Row Q-MEMORY: nearest neighbours, and whether samples are nearer to what was trained on than chance would have it. */
class MemorisationTest {

    /** Sizes beside those of the pieces that distances are computed in. */
    @Test
    void nearestEqualsAPlainLoop() {
        for (int[] size : new int[][] {{1, 1, 1}, {31, 127, 3}, {33, 129, 4}, {64, 128, 129}, {5, 300, 260}, {1030, 2051, 2}}) {
            Features x = Draws.normal(1, size[0], size[2]);
            Features y = Draws.normal(2, size[1], size[2]);
            Neighbours found = Neighbours.nearest(x, y);
            for (int i = 0; i < x.count(); i++) {
                int best = 0;
                for (int j = 1; j < y.count(); j++) {
                    best = Draws.squaredDistance(x, i, y, j) < Draws.squaredDistance(x, i, y, best) ? j : best;
                }
                assertEquals(best, found.index()[i]);
                double exact = Draws.squaredDistance(x, i, y, best);
                assertEquals(exact, found.squaredDistance()[i], 1e-13 * exact);
            }
        }
    }

    /** Far from the origin too, where |x|^2 + |y|^2 - 2 x.y is not. */
    @Test
    void aCopyIsAtDistanceZero() {
        Features train = Draws.shifted(3, 200, 10, i -> 1e6);
        Neighbours found = Neighbours.nearest(train.select(7, 150), train);
        assertArrayEquals(new int[] {7, 150}, found.index());
        assertArrayEquals(new double[2], found.squaredDistance());
    }

    /**
     * Two places 2,000 apart, around each of which all distances are below the rounding of the squares in single precision, and numbers that
     * are too large for it, or too small.
     */
    @Test
    void nearestIsExactWhereSinglePrecisionIsNot() {
        double[] values = Draws.normals(21, 400, 3);
        for (int i = 0; i < values.length; i++) {
            values[i] = 1e-4 * values[i] + (i / 3 % 2 == 0 ? -1000 : 1000);
        }
        for (double scale : new double[] {1, 1e30, 1e-25}) {
            Features all = Features.of(Arrays.stream(values).map(v -> scale * v).toArray(), 3);
            Features x = all.select(IntStream.range(0, 100).toArray());
            Features y = all.select(IntStream.range(100, 400).toArray());
            Neighbours found = Neighbours.nearest(x, y);
            for (int i = 0; i < x.count(); i++) {
                int best = 0;
                for (int j = 1; j < y.count(); j++) {
                    best = Draws.squaredDistance(x, i, y, j) < Draws.squaredDistance(x, i, y, best) ? j : best;
                }
                assertEquals(best, found.index()[i]);
            }
        }
    }

    /**
     * Without memorisation z has mean 0 and variance 1 over draws of training and test set: for samples of their distribution,
     * and for bad ones that crowd around 4 places, where a binomial error is several times too small.
     */
    @Test
    void noMemorisation() {
        int repeats = 300;
        for (boolean crowded : new boolean[] {false, true}) {
            double sum = 0;
            double squares = 0;
            double share = 0;
            for (int r = 0; r < repeats; r++) {
                Features samples = crowded ? crowd(1000 + r, 100) : Draws.normal(1000 + r, 100, 3);
                Memorisation found = Memorisation.of(samples, Draws.normal(2000 + r, 150, 3), Draws.normal(3000 + r, 50, 3));
                assertEquals(0.75, found.expected());
                share += found.share() / repeats;
                sum += found.z();
                squares += found.z() * found.z();
            }
            assertEquals(0, sum / repeats, 4 / Math.sqrt(repeats));
            assertEquals(1, squares / repeats, 4 * Math.sqrt(2.0 / repeats));
        }
    }

    /** Of 500 samples 100 are training examples, exactly or nearly: the share rises from 1/2 to 1/5 + 4/5 of 1/2. */
    @Test
    void plantedCopiesAreFound() {
        Features train = Draws.normal(4, 1000, 16);
        Features test = Draws.normal(5, 1000, 16);
        Features fresh = Draws.normal(6, 400, 16);
        Memorisation clean = Memorisation.of(fresh, train, test);
        assertTrue(Math.abs(clean.z()) < 3, "z " + clean.z());
        Features copies = train.select(IntStream.range(0, 100).toArray());
        Features near = nudged(copies, 0.1);
        for (Features planted : new Features[] {copies, near}) {
            Memorisation found = Memorisation.of(Draws.join(planted, fresh), train, test);
            assertEquals(0.2 + 0.8 * clean.share(), found.share(), 1e-12);
            assertTrue(found.z() > 3, "z " + found.z());
            assertEquals(17, found.toTrain().index()[17]);
        }
        Memorisation exact = Memorisation.of(copies, train, test);
        assertEquals(1, exact.share(), 1e-12);
        assertArrayEquals(new double[100], exact.toTrain().squaredDistance());
    }

    @Test
    void whatIsInBothSetsCountsHalf() {
        Features both = Draws.normal(7, 40, 2);
        assertEquals(0.5, Memorisation.of(Draws.normal(8, 30, 2), both, both).share(), 1e-12);
    }

    @Test
    void aSampleAtEachExampleSaysNothing() {
        Features line = Features.of(new double[] {0, 1, 2, 3}, 1);
        Memorisation even = Memorisation.of(line, line.select(0, 2), line.select(1, 3));
        assertEquals(0.5, even.share());
        assertEquals(0, even.standardError());
        assertEquals(0, even.z());
    }

    private static Features crowd(long seed, int n) {
        double[] x = Draws.normals(seed, n, 3);
        for (int i = 0; i < x.length; i++) {
            x[i] = 0.01 * x[i] + (i / 3 % 4 - 1.5) * (i % 3 == 0 ? 1 : 0.3);
        }
        return Features.of(x, 3);
    }

    private static Features nudged(Features x, double by) {
        double[] noise = Draws.normals(9, x.count(), x.dimension());
        for (int i = 0; i < noise.length; i++) {
            noise[i] = x.at(i / x.dimension(), i % x.dimension()) + by * noise[i];
        }
        return Features.of(noise, x.dimension());
    }
}
