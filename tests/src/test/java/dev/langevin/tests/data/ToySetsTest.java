package dev.langevin.tests.data;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.langevin.training.data.ToySet;
import dev.langevin.training.data.ToySets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two-dimensional sets (row D-2D): functions of (seed, index), with the moments and the shapes that they promise. */
class ToySetsTest {
    private static final int POINTS = 20_000;

    static Stream<ToySet> sets() {
        return ToySets.ALL.stream();
    }

    @Test
    void namesAreThoseOfTheCommandLine() {
        assertEquals(List.of("swiss-roll", "two-moons", "gaussian-mixture", "checkerboard", "pinwheel"),
                sets().map(ToySet::name).toList());
        refused("swis-roll", "choose one of swiss-roll, two-moons", () -> ToySets.named("swis-roll"));
    }

    @ParameterizedTest
    @MethodSource("sets")
    void aPointDependsOnSeedAndIndexAlone(ToySet set) {
        assertArrayEquals(point(set, 1, 17), point(set, 1, 17), 0);
        assertFalse(Arrays.equals(point(set, 1, 17), point(set, 1, 18)));
        assertFalse(Arrays.equals(point(set, 1, 17), point(set, 2, 17)));
    }

    /**
     * Mean 0 and averaged variance 1, within five standard errors: of a mean with variance below 2, sqrt(2 / n); of
     * the mean square, sqrt(E|x|^4 / 4 / n) estimated from the same points.
     */
    @ParameterizedTest
    @MethodSource("sets")
    void momentsAreThoseDerived(ToySet set) {
        double[] mean = new double[2];
        double square = 0;
        double fourth = 0;
        for (int i = 0; i < POINTS; i++) {
            double[] p = point(set, 4, i);
            mean[0] += p[0] / POINTS;
            mean[1] += p[1] / POINTS;
            double half = (p[0] * p[0] + p[1] * p[1]) / 2;
            square += half / POINTS;
            fourth += half * half / POINTS;
        }
        double meanTolerance = 5 * Math.sqrt(2.0 / POINTS);
        assertEquals(0, mean[0], meanTolerance);
        assertEquals(0, mean[1], meanTolerance);
        assertEquals(1, square, 5 * Math.sqrt((fourth - square * square) / POINTS));
    }

    @Test
    void theCheckerboardHasItsEightSquaresAndNoOther() {
        ToySet set = ToySets.named("checkerboard");
        int[] counts = new int[16];
        for (int i = 0; i < POINTS; i++) {
            double[] p = raw(set, i);
            int column = (int) Math.floor(p[0] + 2);
            int row = (int) Math.floor(p[1] + 2);
            assertEquals(column % 2, row % 2, "point " + i + " lies on the other colour");
            counts[4 * row + column]++;
        }
        // Eight squares of POINTS / 8 each, within five deviations of a binomial.
        double expected = POINTS / 8.0;
        assertEquals(8, Arrays.stream(counts).filter(c -> c > 0).count());
        Arrays.stream(counts).filter(c -> c > 0)
                .forEach(c -> assertEquals(expected, c, 5 * Math.sqrt(expected * 7 / 8)));
    }

    @Test
    void theMixtureHasItsEightModes() {
        ToySet set = ToySets.named("gaussian-mixture");
        int[] counts = new int[8];
        double square = 0;
        for (int i = 0; i < POINTS; i++) {
            double[] p = raw(set, i);
            int mode = (int) Math.floorMod(Math.round(Math.atan2(p[1], p[0]) / (Math.PI / 4)), 8L);
            counts[mode]++;
            double dx = p[0] - 4 * Math.cos(mode * Math.PI / 4);
            double dy = p[1] - 4 * Math.sin(mode * Math.PI / 4);
            square += (dx * dx + dy * dy) / POINTS;
        }
        double expected = POINTS / 8.0;
        Arrays.stream(counts).forEach(c -> assertEquals(expected, c, 5 * Math.sqrt(expected * 7 / 8)));
        // 2 * 0.4^2, whose estimate has a standard error of 0.32 / sqrt(n).
        assertEquals(0.32, square, 5 * 0.32 / Math.sqrt(POINTS));
    }

    /**
     * On the spiral radius and angle agree up to whole turns. The noise parts them by 0.5 z0 along the radius and about
     * 0.5 z1 / t across it: mean square 0.25 (1 + E[1/t^2]) with E[1/t^2] = 1 / (ab) for t uniform in [a, b], and terms
     * of fourth order, below 0.25 E[1/t^4] < 0.25 / a^4 < 0.001. Five standard errors beside: 5 sqrt(2 / n) of it.
     */
    @Test
    void theSwissRollKeepsToItsSpiral() {
        ToySet set = ToySets.named("swiss-roll");
        double square = 0;
        for (int i = 0; i < POINTS; i++) {
            double[] p = raw(set, i);
            double apart = Math.hypot(p[0], p[1]) - Math.atan2(p[1], p[0]);
            double offSpiral = Math.IEEEremainder(apart, 2 * Math.PI);
            square += offSpiral * offSpiral / POINTS;
        }
        double expected = 0.25 * (1 + 1 / (1.5 * 4.5 * Math.PI * Math.PI));
        assertEquals(expected, square, 0.001 + 5 * Math.sqrt(2.0 / POINTS) * expected);
    }

    private static double[] point(ToySet set, long seed, int index) {
        double[] point = new double[2];
        set.point(seed, index, point);
        return point;
    }

    private static double[] raw(ToySet set, int index) {
        double[] p = point(set, 8, index);
        return new double[] {p[0] * set.scale() + set.centreX(), p[1] * set.scale() + set.centreY()};
    }
}
