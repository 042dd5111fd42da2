package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.PrecisionRecall;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Row Q-PR: precision and recall by nearest neighbours; density and coverage, whose expectations are known. */
class PrecisionRecallTest {
    private static final int MODES = 10;

    @Test
    void equalsThePlainDefinition() {
        Features data = Draws.normal(1, 140, 5);
        Features samples = Draws.shifted(2, 61, 5, i -> 1);
        for (int k : new int[] {1, 3, 5}) {
            PrecisionRecall found = PrecisionRecall.of(data, samples, k);
            double[] rd = radii(data, k);
            double[] rs = radii(samples, k);
            int precise = 0;
            int balls = 0;
            for (int j = 0; j < samples.count(); j++) {
                int at = j;
                int inside = (int) IntStream.range(0, data.count()).filter(i -> Draws.squaredDistance(data, i, samples, at) <= rd[i]).count();
                precise += inside > 0 ? 1 : 0;
                balls += inside;
            }
            int recalled = 0;
            int covered = 0;
            for (int i = 0; i < data.count(); i++) {
                int at = i;
                recalled += IntStream.range(0, samples.count()).anyMatch(j -> Draws.squaredDistance(data, at, samples, j) <= rs[j]) ? 1 : 0;
                covered += IntStream.range(0, samples.count()).anyMatch(j -> Draws.squaredDistance(data, at, samples, j) <= rd[at]) ? 1 : 0;
            }
            assertEquals(precise / 61.0, found.precision(), 1e-15);
            assertEquals(recalled / 140.0, found.recall(), 1e-15);
            assertEquals(balls / (61.0 * k), found.density(), 1e-15);
            assertEquals(covered / 140.0, found.coverage(), 1e-15);
        }
    }

    /** Where all distances are below the rounding of the squares in single precision: as of the same points moved to the origin. */
    @Test
    void exactFarFromTheOrigin() {
        double[] near = Draws.uniforms(11, 2 * 300);
        double[] far = new double[near.length];
        for (int i = 0; i < near.length; i++) {
            near[i] = (int) (1000 * near[i]) / 1024.0 + (i / 2 % 2 == 0 ? 0 : 2);
            far[i] = near[i] + (i / 2 % 2 == 0 ? -0x1p20 : 0x1p20);
            near[i] += i / 2 % 2 == 0 ? -16 : 16;
        }
        int[] first = IntStream.range(0, 150).toArray();
        int[] second = IntStream.range(150, 300).toArray();
        assertEquals(PrecisionRecall.of(Features.of(near, 2).select(first), Features.of(near, 2).select(second)),
                PrecisionRecall.of(Features.of(far, 2).select(first), Features.of(far, 2).select(second)));
    }

    /**
     * Two samples of one distribution: density and coverage are at their expectations in any dimension. Precision and recall
     * are near 1 in few dimensions; among 2000 normal points they are 0.8 in 16 and 0.6 in 64.
     */
    @Test
    void realAgainstReal() {
        for (int d : new int[] {2, 16, 64}) {
            PrecisionRecall real = PrecisionRecall.of(Draws.normal(3, 2000, d), Draws.normal(4, 1500, d));
            double near = d == 2 ? 0.95 : d == 16 ? 0.75 : 0.5;
            assertTrue(real.precision() > near, real.toString());
            assertTrue(real.recall() > near, real.toString());
            assertEquals(1, real.density(), 0.1);
            assertEquals(PrecisionRecall.expectedCoverage(2000, 1500, 3), real.coverage(), 0.03);
        }
        assertEquals(0.5, PrecisionRecall.expectedCoverage(1_000_000, 1_000_000, 1), 1e-6);
    }

    /**
     * On a line with k = 1 they are 3/4: a point between neighbours at a and b, whose own next ones are at g and h beyond,
     * lies in no ball if and only if g < a and h < b, and each is as likely as not.
     */
    @Test
    void threeQuartersOnALine() {
        int n = 20_000;
        PrecisionRecall line = PrecisionRecall.of(Features.of(Draws.uniforms(9, n), 1), Features.of(Draws.uniforms(10, n), 1), 1);
        assertEquals(0.75, line.precision(), 0.02);
        assertEquals(0.75, line.recall(), 0.02);
        assertEquals(0.5, line.coverage(), 0.02);
        assertEquals(1, line.density(), 0.02);
    }

    @Test
    void aDroppedModeLowersRecallOnly() {
        PrecisionRecall all = PrecisionRecall.of(modes(5), modes(6));
        PrecisionRecall dropped = PrecisionRecall.of(modes(5), withoutTheLast(modes(6)));
        assertEquals(all.recall() * (1 - 1.0 / MODES), dropped.recall(), 0.02);
        assertEquals(all.precision(), dropped.precision(), 0.02);
    }

    @Test
    void aModeThatTheDataLackLowersPrecisionOnly() {
        PrecisionRecall all = PrecisionRecall.of(modes(5), modes(6));
        PrecisionRecall added = PrecisionRecall.of(withoutTheLast(modes(5)), modes(6));
        assertEquals(all.precision() * (1 - 1.0 / MODES), added.precision(), 0.02);
        assertEquals(all.recall(), added.recall(), 0.02);
    }

    @Test
    void nothingInCommonIsZero() {
        assertEquals(new PrecisionRecall(0, 0, 0, 0), PrecisionRecall.of(Draws.normal(7, 300, 3), Draws.shifted(8, 300, 3, i -> 100)));
    }

    /** 2000 points in 8 dimensions, in turn from groups 20 apart. */
    private static Features modes(long seed) {
        return Draws.shifted(seed, 2000, 8, i -> 20 * (i % MODES));
    }

    private static Features withoutTheLast(Features x) {
        return x.select(IntStream.range(0, x.count()).filter(i -> i % MODES != MODES - 1).toArray());
    }

    private static double[] radii(Features x, int k) {
        return IntStream.range(0, x.count()).mapToDouble(i -> {
            double[] others = IntStream.range(0, x.count()).filter(j -> j != i).mapToDouble(j -> Draws.squaredDistance(x, i, x, j)).toArray();
            Arrays.sort(others);
            return others[k - 1];
        }).toArray();
    }
}
