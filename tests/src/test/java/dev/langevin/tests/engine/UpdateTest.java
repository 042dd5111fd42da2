package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.model.nn.Parameters;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;

/**
 * Rows R-ADAM, R-EMA, R-CLIP, R-LR: the optimiser's step against PyTorch and against plain double code written for
 * this test, to 1e-6 of the largest value.
 */
class UpdateTest {
    private static final double TOLERANCE = 1e-6;

    static List<Backend> backends() {
        return Backends.all();
    }

    /** Five steps with clipping to norm 1; PyTorch's float32 trace (golden/README.md, adam). */
    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithPyTorch(Backend backend) {
        Golden golden = Golden.open("ops.safetensors");
        try (Scope scope = Scope.open(backend)) {
            Tensor[] p = {copy(golden.raw("adam.p0.0")), copy(golden.raw("adam.p1.0"))};
            Tensor[] ema = {copy(p[0]), copy(p[1])};
            Tensor[] m = {Tensor.zeros(p[0].shape()), Tensor.zeros(p[1].shape())};
            Tensor[] v = {Tensor.zeros(p[0].shape()), Tensor.zeros(p[1].shape())};
            Tensor norm = Tensor.zeros(Shape.SCALAR);
            for (int step = 1; step <= 5; step++) {
                Tensor[] g = {golden.raw("adam.g0." + step), golden.raw("adam.g1." + step)};
                new AdamStep(2, 0.01, 0.9, 0.999, 1e-8, 0, step, 1, 0.9).apply(AdamStep.operands(p, m, v, ema, norm, g));
                Golden.check("adam.norm." + step, golden.raw("adam.norm." + step), norm.reshape(golden.raw("adam.norm." + step).shape()), TOLERANCE);
                Golden.check("adam.p0." + step, golden.raw("adam.p0." + step), p[0], TOLERANCE);
                Golden.check("adam.p1." + step, golden.raw("adam.p1." + step), p[1], TOLERANCE);
            }
            Golden.check("adam.ema0.5", golden.raw("adam.ema0.5"), ema[0], TOLERANCE);
            Golden.check("adam.ema1.5", golden.raw("adam.ema1.5"), ema[1], TOLERANCE);
        }
    }

    private static Tensor copy(Tensor t) {
        return Tensor.of(t.shape(), t.toDoubles());
    }

    /** One scalar weight's state, and AdamW as Loshchilov and Hutter 2019, algorithm 2, writes it. */
    private static final class Scalar {
        double p;
        double m;
        double v;
        double ema;

        void step(double g, double rate, double decay, int t, double emaDecay) {
            m = 0.9 * m + 0.1 * g;
            v = 0.99 * v + 0.01 * g * g;
            double mHat = m / (1 - Math.pow(0.9, t));
            double vHat = v / (1 - Math.pow(0.99, t));
            p = p - rate * decay * p - rate * mHat / (Math.sqrt(vHat) + 1e-8);
            ema = emaDecay * ema + (1 - emaDecay) * p;
        }
    }

    /** Sizes around a vector's, weight decay, and a clip that works at some steps and not at others. */
    @ParameterizedTest
    @MethodSource("backends")
    void agreesWithScalarCode(Backend backend) {
        int[] sizes = {1, 15, 16, 17, 40_003};
        double clip = 120;
        try (Scope scope = Scope.open(backend)) {
            Scalar[][] expected = new Scalar[sizes.length][];
            Tensor[][] state = new Tensor[4][sizes.length];
            for (int k = 0; k < sizes.length; k++) {
                expected[k] = new Scalar[sizes[k]];
                double[] start = new double[sizes[k]];
                for (int i = 0; i < sizes[k]; i++) {
                    start[i] = (float) Philox.normal(1, 2, k, 0, i);
                    expected[k][i] = new Scalar();
                    expected[k][i].p = start[i];
                    expected[k][i].ema = start[i];
                }
                for (int s = 0; s < 4; s++) {
                    state[s][k] = s == 0 || s == 3 ? Tensor.of(Shape.of(sizes[k]), start) : Tensor.zeros(Shape.of(sizes[k]));
                }
            }
            Tensor norm = Tensor.zeros(Shape.SCALAR);
            boolean clipped = false;
            boolean free = false;
            for (int step = 1; step <= 6; step++) {
                double[][] g = new double[sizes.length][];
                double squares = 0;
                for (int k = 0; k < sizes.length; k++) {
                    g[k] = new double[sizes[k]];
                    for (int i = 0; i < sizes[k]; i++) {
                        g[k][i] = (float) (Philox.normal(1, 3, k, step, i) * (step % 2 == 0 ? 1 : 0.1));
                        squares += g[k][i] * g[k][i];
                    }
                }
                double factor = Math.sqrt(squares) > clip ? clip / (Math.sqrt(squares) + 1e-6) : 1;
                clipped |= factor < 1;
                free |= factor == 1;
                double after = 0;
                for (int k = 0; k < sizes.length; k++) {
                    for (int i = 0; i < sizes[k]; i++) {
                        expected[k][i].step(g[k][i] * factor, 0.02, 0.1, step, 0.95);
                        after += Math.pow(g[k][i] * factor, 2);
                    }
                }
                assertTrue(Math.sqrt(after) <= clip, "norm after clipping");
                Tensor[] gradients = new Tensor[sizes.length];
                Arrays.setAll(gradients, k -> Tensor.of(Shape.of(sizes[k]), g[k]));
                new AdamStep(sizes.length, 0.02, 0.9, 0.99, 1e-8, 0.1, step, clip, 0.95)
                        .apply(AdamStep.operands(state[0], state[1], state[2], state[3], norm, gradients));
                assertEquals(Math.sqrt(squares), norm.item(), TOLERANCE * Math.sqrt(squares), "norm of step " + step);
                assertArrayEquals(g[4], gradients[4].toDoubles(), "gradients are left as they were");
            }
            assertTrue(clipped && free, "both cases were met");
            for (int k = 0; k < sizes.length; k++) {
                compare("p", Arrays.stream(expected[k]).mapToDouble(s -> s.p).toArray(), state[0][k]);
                compare("m", Arrays.stream(expected[k]).mapToDouble(s -> s.m).toArray(), state[1][k]);
                compare("v", Arrays.stream(expected[k]).mapToDouble(s -> s.v).toArray(), state[2][k]);
                compare("ema", Arrays.stream(expected[k]).mapToDouble(s -> s.ema).toArray(), state[3][k]);
            }
        }
    }

    private static void compare(String name, double[] expected, Tensor actual) {
        Golden.check(name + " of " + expected.length, Tensor.of(Shape.of(expected.length), expected), actual, TOLERANCE);
    }

    /** More tensors than one launch of the CUDA kernel takes, an empty one and one of several blocks among them; clipped. */
    @ParameterizedTest
    @MethodSource("backends")
    void manyTensors(Backend backend) {
        int count = 150;
        int[] sizes = new int[count];
        Arrays.setAll(sizes, i -> i == 70 ? 9001 : i == 100 || i == count - 1 ? 0 : i * 37 % 97 + 1);
        double[][][] results = new double[2][][];
        for (Backend b : List.of(Backends.all().getFirst(), backend)) {
            try (Scope scope = Scope.open(b)) {
                Tensor[] all = new Tensor[5 * count + 1];
                Arrays.setAll(all, i -> i == 4 * count ? Tensor.zeros(Shape.SCALAR)
                        : OpContract.random(Shape.of(sizes[(i > 4 * count ? i - 1 : i) % count]), 0.1, 1, i, false));
                for (int step = 3; step < 5; step++) {
                    new AdamStep(count, 0.01 * step, 0.9, 0.999, 1e-8, 0.1, step, 2, 0.9 + 0.01 * step).apply(all);
                }
                results[b == backend ? 1 : 0] = Arrays.stream(Arrays.copyOf(all, 4 * count + 1)).map(Tensor::toDoubles).toArray(double[][]::new);
                results[0] = results[0] == null ? results[1] : results[0];
            }
        }
        for (int i = 0; i < results[0].length; i++) {
            // The norm of 16,000 numbers counts half its roundings; the step itself is a chain of about a dozen.
            Tolerance.largest(20).check("operand " + i, results[0][i], results[1][i], null);
        }
    }

    /** A step whose norm is not finite changes nothing but the norm, bit for bit. */
    @ParameterizedTest
    @MethodSource("backends")
    void aNormThatIsNotFiniteChangesNothing(Backend backend) {
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            try (Scope scope = Scope.open(backend)) {
                int n = 3;
                Tensor[] all = new Tensor[5 * n + 1];
                Arrays.setAll(all, i -> i == 4 * n ? Tensor.zeros(Shape.SCALAR) 
                        : OpContract.random(Shape.of((i > 4 * n ? i - 1 : i) % n * 40 + 7), -1, 1, i, false));
                double[] gradient = all[4 * n + 2].toDoubles();
                gradient[5] = bad;
                all[4 * n + 2] = Tensor.of(all[4 * n + 2].shape(), gradient);
                double[][] before = Arrays.stream(all).map(Tensor::toDoubles).toArray(double[][]::new);
                new AdamStep(n, 0.1, 0.9, 0.999, 1e-8, 0.1, 3, 1, 0.9).apply(all);
                for (int i = 0; i < all.length; i++) {
                    if (i != 4 * n) {
                        assertArrayEquals(before[i], all[i].toDoubles(), 0, "operand " + i + " with " + bad);
                    }
                }
                assertTrue(!Double.isFinite(all[4 * n].item()), "the norm tells of " + bad);
            }
        }
    }

    /** Clipping scales all gradients by one factor: their direction is kept, their norm is the limit. */
    @Test
    void clippingKeepsTheDirection() {
        AdamStep step = new AdamStep(1, 1, 0.9, 0.999, 1e-8, 0, 1, 1, 0);
        assertEquals(1 / (5 + 1e-6), step.clipScale(5));
        assertEquals(1, step.clipScale(0.5));
        assertEquals(1, step.clipScale(0));
        assertEquals(1, new AdamStep(1, 1, 0.9, 0.999, 1e-8, 0, 1, Double.POSITIVE_INFINITY, 0).clipScale(1e30));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void sameBitsForEveryNumberOfThreads(Backend backend) {
        int before = Parallel.threads();
        double[][] first = null;
        try {
            for (int threads : new int[] {1, 2, 3}) {
                Parallel.setThreads(threads);
                try (Scope scope = Scope.open(backend)) {
                    Tensor[] t = new Tensor[5];
                    Arrays.setAll(t, i -> OpContract.random(Shape.of(50_021), 0.1, 1, i, false));
                    Tensor norm = Tensor.zeros(Shape.SCALAR);
                    new AdamStep(1, 0.1, 0.9, 0.999, 1e-8, 0.01, 3, 1, 0.9).apply(t[0], t[1], t[2], t[3], norm, t[4]);
                    double[][] result = {t[0].toDoubles(), t[1].toDoubles(), t[2].toDoubles(), t[3].toDoubles(), norm.toDoubles()};
                    first = first == null ? result : first;
                    for (int i = 0; i < result.length; i++) {
                        assertArrayEquals(first[i], result[i], 0, "threads " + threads);
                    }
                }
            }
        } finally {
            Parallel.setThreads(before);
        }
    }

    /** The average of a known sequence: with decay min(d, (1 + n) / (10 + n)) at step n. */
    @Test
    void averageWarmsUp() {
        try (Scope scope = Scope.open(Backends.all().getFirst())) {
            Parameters parameters = Parameters.create(1);
            Tensor p = parameters.constant("w", Shape.of(1), 2);
            Tensor buffer = parameters.buffer("fixed", Shape.of(1), new double[] {7});
            Optimiser optimiser = new Optimiser(new Optimiser.Settings(0.9, 0.999, 1e-8, 0, 1e9, 0.5), parameters);
            assertArrayEquals(new String[] {"w"}, optimiser.names(), "buffers are not trained");
            double ema = 2;
            for (int step = 1; step <= 20; step++) {
                optimiser.step(step, 0.1, new Tensor[] {Tensor.of(Shape.of(1), 3)});
                assertEquals(3.0, optimiser.norm(), 1e-12);
                double decay = Math.min(0.5, (1.0 + step) / (10 + step));
                ema = decay * ema + (1 - decay) * p.item();
                assertEquals(ema, optimiser.ema().map().get("w").item(), 1e-12, "step " + step);
            }
            assertEquals(2 - 20 * 0.1, p.item(), 1e-6, "a constant gradient moves by the learning rate each step");
            assertEquals(7, buffer.item());
            assertEquals(7, optimiser.ema().map().get("fixed").item());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,0.01", "50,0.5", "100,1", "101,0.999997258", "550,0.55", "1000,0.1", "2000,0.1"})
    void warmUpThenCosine(long step, double share) {
        assertEquals(share * 2e-4, new LearningRate(2e-4, 100, 1000, 0.1).at(step), 1e-11);
    }

    @Test
    void constantRateAndNoWarmUp() {
        for (long step : new long[] {1, 7, 1000}) {
            assertEquals(1e-3, new LearningRate(1e-3, 0, 1000, 1).at(step), 1e-18);
        }
        assertEquals(0, new LearningRate(1, 0, 10, 0).at(10), 1e-15);
        assertEquals(0.5, new LearningRate(1, 0, 10, 0).at(5), 1e-15);
    }
}
