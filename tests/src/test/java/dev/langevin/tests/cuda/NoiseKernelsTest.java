package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.NoiseSquaredNorms;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.op.SquaredNorms;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import dev.langevin.tests.engine.Backends;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Noise on CUDA has the bits of the CPU's, and so has whatever is made of it without a sum; an image has the same bits
 * alone and in any batch. Numbers stored as bfloat16 are read as what they are. Rows P-ENG, S-SEED.
 */
class NoiseKernelsTest {
    private static final CpuBackend CPU = new CpuBackend();
    private static final int[] SIZES = {1, 2, 3, 4, 5, 784, 1021};
    private static final RandomKey[] KEYS = {new RandomKey(0, 0, 0, 0), new RandomKey(-0x123456789abcdefL, -7, Integer.MAX_VALUE - 5, 1 << 30),
            new RandomKey(Long.MIN_VALUE, 102, 3, -1)};

    /** What is computed of a shape and a key. */
    private interface Draw {
        Tensor of(Shape shape, RandomKey key);
    }

    private static float[] on(Backend backend, Draw draw, Shape shape, RandomKey key) {
        try (Scope scope = Scope.open(backend)) {
            return draw.of(shape, key).toArray();
        }
    }

    /** The numbers of images [first, first + N) of a fixed stream, the same on every backend and for every N. */
    private static Tensor data(Shape shape, RandomKey key, int stream) {
        float[] values = new float[shape.size()];
        int size = shape.product(1, shape.rank());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(1 + 0.7 * stream + 0.11 * (i % size) + 1.3 * (key.firstImage() + i / size));
        }
        return Tensor.of(shape, values);
    }

    private static Tensor numbers(Shape shape, RandomKey key, int stream) {
        return data(Shape.of(shape.dim(0), 1), key, stream).reshape(shape.dim(0));
    }

    static Stream<Arguments> draws() {
        Draw affine = (s, k) -> new AffineNoise(k).apply(data(s, k, 1), data(s, k, 2), numbers(s, k, 3), numbers(s, k, 4), numbers(s, k, 5));
        Draw perturb = (s, k) -> Dispatch.apply(new Perturb(k), data(s, k, 1), numbers(s, k, 2), numbers(s, k, 3))[0];
        Draw perturbing = (s, k) -> Dispatch.apply(new Perturb(k), data(s, k, 1), numbers(s, k, 2), numbers(s, k, 3))[1];
        Draw dropout = (s, k) -> new Dropout(0.3, k).apply(data(s, k, 1));
        return Stream.of(Arguments.of("uniform", (Draw) Tensor::uniform), Arguments.of("normal", (Draw) Tensor::normal),
                Arguments.of("dropout", dropout), Arguments.of("affineNoise", affine), Arguments.of("perturb", perturb),
                Arguments.of("perturb's noise", perturbing));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("draws")
    void bitsAreThoseOfTheCpu(String name, Draw draw) {
        for (int size : SIZES) {
            for (RandomKey key : KEYS) {
                Shape shape = Shape.of(3, size);
                float[] expected = on(CPU, draw, shape, key);
                assertArrayEquals(bits(expected), bits(on(Backends.cuda(), draw, shape, key)), name + " " + shape + " " + key);
            }
        }
    }

    static Stream<Arguments> perImage() {
        Draw langevin = (s, k) -> new LangevinStep(0.05, k).apply(data(s, k, 1), data(s, k, 2));
        Draw norms = (s, k) -> new SquaredNorms().apply(data(s, k, 1));
        return Stream.concat(draws(), Stream.of(Arguments.of("langevinStep", langevin), Arguments.of("squaredNorms", norms)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("perImage")
    void anImageDoesNotDependOnItsBatch(String name, Draw draw) {
        for (int size : new int[] {1, 5, 784, 4099}) {
            RandomKey key = new RandomKey(5, 6, 7, 8);
            float[] batch = on(Backends.cuda(), draw, Shape.of(3, size), key);
            int length = batch.length / 3;
            for (int i = 0; i < 3; i++) {
                float[] alone = on(Backends.cuda(), draw, Shape.of(1, size), new RandomKey(5, 6, 7 + i, 8));
                assertArrayEquals(bits(Arrays.copyOfRange(batch, i * length, (i + 1) * length)), bits(alone), name + ", image " + i + " of " + size);
            }
            assertFalse(Arrays.equals(Arrays.copyOf(batch, length), Arrays.copyOfRange(batch, length, 2 * length)), "two images are the same");
        }
    }

    /** An image whose score is 0 stays where it is, whatever its neighbours do. */
    @Test
    void noScoreNoStep() {
        for (int size : new int[] {5, 4099}) {
            float[] s = new float[3 * size];
            Arrays.fill(s, 0, size, 1);
            Arrays.fill(s, 2 * size, 3 * size, 1);
            try (Scope scope = Scope.open(Backends.cuda())) {
                Shape shape = Shape.of(3, size);
                RandomKey key = new RandomKey(5, 6, 7, 8);
                Tensor x = data(shape, key, 1);
                float[] y = new LangevinStep(0.05, key).apply(x, Tensor.of(shape, s)).toArray();
                assertArrayEquals(Arrays.copyOfRange(x.toArray(), size, 2 * size), Arrays.copyOfRange(y, size, 2 * size));
                assertFalse(y[0] == x.toArray()[0] || y[2 * size] == x.toArray()[2 * size], "the others move");
            }
        }
    }

    static Stream<Arguments> narrowing() {
        RandomKey k = new RandomKey(5, 6, 7, 8);
        Op1 affine = s -> new AffineNoise(k).apply(data(s.shape(), k, 1), s, numbers(s.shape(), k, 3), numbers(s.shape(), k, 4), numbers(s.shape(), k, 5));
        Op1 langevin = s -> new LangevinStep(0.05, k).apply(data(s.shape(), k, 1), s);
        Op1 norms = s -> new SquaredNorms().apply(s);
        Op1 error = s -> new ResidualError().apply(s, data(s.shape(), k, 1));
        Op1 dropout = s -> new Dropout(0.3, k).apply(s);
        return Stream.of(Arguments.of("affineNoise", affine, false), Arguments.of("langevinStep", langevin, false),
                Arguments.of("squaredNorms", norms, false), Arguments.of("residualError", error, false), Arguments.of("dropout", dropout, true));
    }

    /** What is computed of one tensor. */
    private interface Op1 {
        Tensor of(Tensor s);
    }

    /** An input that is stored as bfloat16 gives what its numbers give as float32; so does its gradient, rounded. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("narrowing")
    void narrowInputs(String name, Op1 op, boolean rounded) {
        try (CudaBackend cuda = Backends.cuda(Precision.BF16); Scope scope = Scope.open(cuda)) {
            for (Shape shape : new Shape[] {Shape.of(3, 1), Shape.of(2, 7, 3), Shape.of(3, 8, 2), Shape.of(2, 1025, 4)}) {
                Tensor s = DeviceArrays.narrow(data(shape, new RandomKey(0, 0, 0, 0), 9)).requireGrad();
                Tensor wide = Tensor.of(shape, s.toArray()).requireGrad();
                Tensor y = op.of(s);
                Tensor expected = op.of(wide);
                assertArrayEquals(rounded ? roundToBf16(expected.toArray()) : expected.toArray(), y.toArray(), 0, name + " " + shape);
                if (name.equals("residualError") || name.equals("dropout")) {
                    Tensor dy = data(y.shape(), new RandomKey(0, 0, 0, 0), 4);
                    Tensor narrowDy = rounded ? Tensor.of(dy.shape(), roundToBf16(dy.toArray())) : dy;
                    assertArrayEquals(roundToBf16(Autograd.gradients(expected, narrowDy, false, wide)[0].toArray()),
                            Autograd.gradients(y, dy, false, s)[0].toArray(), 0, name + "'s gradient " + shape);
                }
            }
        }
    }

    private static float[] roundToBf16(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = DeviceArrays.bf16(values[i]);
        }
        return rounded;
    }

    /** Five steps of every op with noise, whose keys and sizes change with the step. */
    private static float[] steps(boolean repeat, Shape shape) {
        Backend backend = Backends.cuda();
        try (Scope scope = Scope.open(backend)) {
            Tensor state = Tensor.full(shape, 0.25);
            Shape n = Shape.of(shape.dim(0));
            LongConsumer body = k -> {
                RandomKey key = new RandomKey(5, 6, 7, (int) k);
                try (Scope inner = Scope.open()) {
                    Tensor x = new LangevinStep(0.01 * (k + 1), key).apply(state, state.mul(-0.5));
                    x = new AffineNoise(key).apply(x, state, Tensor.full(n, 0.9), Tensor.full(n, 0.01 * k), Tensor.full(n, 0.1));
                    Tensor[] noisy = Dispatch.apply(new Perturb(key), new Dropout(0.1, key).apply(x), Tensor.full(n, 0.9), Tensor.full(n, 0.1 * k));
                    Tensor error = new ResidualError().apply(noisy[0], noisy[1]).add(new NoiseSquaredNorms(shape, key).apply());
                    new Assign().apply(state, noisy[0].add(error.reshape(n.dim(0), 1).mul(1e-3)));
                }
            };
            try (Repeated repeated = repeat ? backend.repeated(body) : body::accept) {
                for (int k = 0; k < 5; k++) {
                    repeated.run(k);
                    assertEquals(repeat && k > 0, repeated.replayed(), "step " + k);
                }
            }
            return state.toArray();
        }
    }

    /** The noise counters and numbers of each step reach the replay. */
    @Test
    void replayedStepsGiveTheSameBits() {
        for (Shape shape : new Shape[] {Shape.of(3, 101), Shape.of(2, 4100)}) {
            assertArrayEquals(bits(steps(false, shape)), bits(steps(true, shape)), shape.toString());
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
