package dev.langevin.tests.engine;

import static dev.langevin.tests.engine.Tolerance.exact;
import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;
import static dev.langevin.tests.engine.Tolerance.ulps;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.NoiseSquaredNorms;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.op.SquaredNorms;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The ops with noise and those over whole images, on every fast backend: sizes that 4 divides and that it does not, and
 * one that is summed in several parts. Rows S-PC, S-COR-LD, T-DSM-T.
 */
class NoiseContractTest {
    /** A normal number is at most 5.8, and 8 roundings of that off. */
    private static final double MOST = 5.8;
    private static final double OFF = 8;
    private static final int[][] SIZES = {{1, 1}, {3, 1}, {2, 3}, {3, 5}, {2, 28, 28}, {3, 1021}, {1, 4100}};

    private static RandomKey key(long seed) {
        return new RandomKey(seed, 3, 1 << 30, 12345);
    }

    private static Stream<DynamicTest> tests(List<OpContract> cases) {
        return cases.stream().flatMap(c -> c.tests().stream());
    }

    @TestFactory
    Stream<DynamicTest> steps() {
        List<OpContract> cases = new ArrayList<>();
        for (int[] dims : SIZES) {
            Shape x = Shape.of(dims);
            Shape n = Shape.of(dims[0]);
            int size = x.size() / dims[0];
            // Gradients to a, b and c are sums over an image of products with numbers whose sizes add up to about its own.
            double sums = OFF + terms(size).roundings() + 2;
            cases.add(OpContract.of("affineNoise", t -> new AffineNoise(key(-1)).apply(t), x, x, n, n, n).order(1)
                    .within(largest(OFF + 5, MOST + 2), largest(sums, Math.max(MOST, size)), exact()));
            cases.add(OpContract.of("perturb", t -> Dispatch.apply(new Perturb(key(-1)), t)[0], x, n, n).order(1)
                    .within(largest(OFF + 3, MOST + 1), largest(sums, Math.max(MOST, size)), exact()));
            cases.add(OpContract.of("dropout", t -> new Dropout(0.3, key(3)).apply(t), x).within(ulps(1.5), ulps(1.5), exact()));
            // eps has the roundings of two sums of squares, and of noise whose square is off twice as much as it is.
            cases.add(OpContract.of("langevinStep", t -> new LangevinStep(0.1, key(7)).apply(t), x, x).in(0.2, 1).order(0)
                    .within(largest(2 * terms(size + 4).roundings() + 2 * OFF * MOST, MOST)));
        }
        return tests(cases);
    }

    @TestFactory
    Stream<DynamicTest> sums() {
        List<OpContract> cases = new ArrayList<>();
        for (int[] dims : SIZES) {
            Shape x = Shape.of(dims);
            int size = x.size() / dims[0];
            cases.add(OpContract.of("squaredNorms", t -> new SquaredNorms().apply(t), x).order(1)
                    .within(terms(size + 2), terms(3), exact()));
            cases.add(OpContract.of("residualError", t -> new ResidualError().apply(t), x, x).within(terms(size + 4), terms(5), terms(size + 5)));
            cases.add(OpContract.of("noiseSquaredNorms " + x, t -> new NoiseSquaredNorms(x, key(7)).apply()).order(0)
                    .within(largest(terms(size + 2).roundings() + 2 * OFF * MOST, MOST)));
        }
        return tests(cases);
    }
}
