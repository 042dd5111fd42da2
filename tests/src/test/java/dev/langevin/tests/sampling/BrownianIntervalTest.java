package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.sampling.adaptive.BrownianInterval;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row S-AD-SDE's path: increments of one Brownian path over dyadic intervals, a pure function of seed, image and interval. */
class BrownianIntervalTest {
    private static final Shape SHAPE = Shape.of(1, 100, 100);
    private static final int DEPTH = 7;
    private static final int TRUNKS = 3;

    /** The intervals of one depth over the first trunks, in the order of time. */
    private static List<BrownianInterval> level(long seed, int image, int depth) {
        List<BrownianInterval> level = new ArrayList<>();
        for (int i = 0; i < TRUNKS; i++) {
            level.add(BrownianInterval.trunk(seed, image, SHAPE, i));
        }
        for (int d = BrownianInterval.TRUNK; d < depth; d++) {
            List<BrownianInterval> halves = new ArrayList<>();
            level.forEach(interval -> halves.addAll(List.of(interval.halves())));
            level = halves;
        }
        return level;
    }

    @Test
    void halvesAddUpAndTileTheTime() {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            List<BrownianInterval> parents = level(5, 2, DEPTH - 1);
            List<BrownianInterval> children = level(5, 2, DEPTH);
            double end = 0;
            for (int i = 0; i < parents.size(); i++) {
                BrownianInterval early = children.get(2 * i);
                BrownianInterval late = children.get(2 * i + 1);
                assertEquals(end, early.start(), 0);
                assertEquals(early.end(), late.start(), 0);
                assertEquals(parents.get(i).end(), late.end(), 0);
                assertEquals(Math.pow(2, -DEPTH), late.length(), 0);
                end = late.end();
                for (int j = 0; j < SHAPE.size(); j += 97) {
                    assertEquals(parents.get(i).increment()[j], early.increment()[j] + late.increment()[j], 1e-15);
                }
            }
        }
    }

    /** Variance 2^-d at every depth, and no covariance between any two intervals: within five standard errors of 10,000 pixels. */
    @Test
    void incrementsAreIndependentWithTheVarianceOfTheirLength() {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (int depth = BrownianInterval.TRUNK; depth <= DEPTH; depth++) {
                List<BrownianInterval> level = level(11, 0, depth);
                for (int i = 0; i < level.size(); i++) {
                    for (int k = i; k < level.size(); k++) {
                        double product = 0;
                        for (int j = 0; j < SHAPE.size(); j++) {
                            product += level.get(i).increment()[j] * level.get(k).increment()[j] / level.get(i).length() / SHAPE.size();
                        }
                        double tolerance = 5 * Math.sqrt((i == k ? 2.0 : 1.0) / SHAPE.size());
                        assertEquals(i == k ? 1 : 0, product, tolerance, "depth " + depth + ", intervals " + i + " and " + k);
                    }
                }
            }
        }
    }

    @Test
    void dependsOnSeedImageAndIntervalAlone() {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double[] one = level(5, 2, DEPTH).get(13).increment();
            BrownianInterval alone = BrownianInterval.trunk(5, 2, SHAPE, 1).halves()[1].halves()[0].halves()[1];
            assertArrayEquals(one, alone.increment(), 0);
            for (double[] other : List.of(level(6, 2, DEPTH).get(13).increment(), level(5, 3, DEPTH).get(13).increment(),
                    level(5, 2, DEPTH).get(12).increment())) {
                int equal = 0;
                for (int j = 0; j < SHAPE.size(); j++) {
                    equal += other[j] == one[j] ? 1 : 0;
                }
                assertTrue(equal < 5, equal + " pixels are the same");
            }
        }
    }
}
