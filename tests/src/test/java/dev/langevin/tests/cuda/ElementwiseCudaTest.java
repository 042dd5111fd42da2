package dev.langevin.tests.cuda;

import static dev.langevin.tests.engine.Tolerance.exact;
import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;
import static dev.langevin.tests.engine.Tolerance.ulps;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.op.*;
import dev.langevin.tests.engine.Tolerance;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows P-ENG, R-FP16, E-SIN: functions of one element at every magnitude and size, and the sinusoidal embedding. */
@ParameterizedClass
@MethodSource("storages")
class ElementwiseCudaTest {
    private static final int[] SIZES = {0, 1, 3, 4, 5, 7, 8, 9, 255, 1021, 2049};
    private static final List<Unary> UNARY = List.of(new Abs(), new Affine(3, -1), new Cos(), new Exp(), new Expm1(), new Log(), new Reciprocal(),
            new Relu(), new Sigmoid(), new Sin(), new Sqrt(), new Square(), new Tanh());

    private final Storages on;

    ElementwiseCudaTest(Storages on) {
        this.on = on;
    }

    static List<Storages> storages() {
        return Storages.all();
    }

    static List<Unary> unary() {
        return UNARY;
    }

    private static float[] run(CudaBackend cuda, Op op, boolean narrow, Shape shape, float[] x) {
        try (Scope scope = Scope.open(cuda)) {
            Tensor t = Tensor.of(shape, x);
            return op.apply(narrow ? DeviceArrays.narrow(t) : t).toArray();
        }
    }

    /** Numbers of every exponent, of both signs; with {@code positive} their absolute values. */
    private static float[] everyMagnitude(boolean positive) {
        Random random = new Random(5);
        float[] x = new float[255 * 8 - 3];
        for (int i = 0; i < x.length; i++) {
            float v = Float.intBitsToFloat(i / 8 << 23 | random.nextInt(1 << 23));
            x[i] = positive || i % 2 == 0 ? v : -v;
        }
        return x;
    }

    private static Tolerance tolerance(Unary op) {
        return switch (op) {
            case Abs o -> exact();
            case Relu o -> exact();
            case Sqrt o -> ulps(0.5);
            case Square o -> ulps(0.5);
            case Affine o -> ulps(0.5);
            case Reciprocal o -> ulps(0.5);
            case Expm1 o -> ulps(3);
            case Sigmoid o -> ulps(3);
            default -> ulps(2);
        };
    }

    @ParameterizedTest
    @MethodSource("unary")
    void everyMagnitude(Unary op) {
        float[] x = everyMagnitude(op instanceof Log || op instanceof Sqrt);
        double[] expected = new double[x.length];
        double[] actual = new double[x.length];
        float[] y = run(on.fp32(), op, false, Shape.of(x.length), x);
        for (int i = 0; i < x.length; i++) {
            expected[i] = op.apply(x[i]);
            actual[i] = y[i];
        }
        tolerance(op).check(op.name(), expected, actual, null);
        assertArrayEquals(y, run(on.fp32(), op, false, Shape.of(x.length), x), "a second run");
    }

    /** Infinities, NaN, both zeros, the ends of the range, and where exp and tanh saturate; at each place of a pack and in the tail. */
    @ParameterizedTest
    @MethodSource("unary")
    void ends(Unary op) {
        float[] values = {0, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE,
            -Float.MIN_VALUE, Float.MIN_NORMAL, 88.7f, 88.73f, -87.4f, -103.9f, -104.1f, 1, -1, 99_999.99f, 100_000f, -1e30f, 16367173f * 0x1p72f};
        for (int shift = 0; shift < 5; shift++) {
            float[] x = new float[values.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = values[(i + shift) % values.length];
            }
            float[] y = run(on.fp32(), op, false, Shape.of(x.length), x);
            for (int i = 0; i < x.length; i++) {
                float expected = (float) op.apply(x[i]);
                float delta = Float.isFinite(expected) ? 3 * Math.ulp(expected) : 0;
                assertEquals(expected, y[i], delta, op.name() + " of " + x[i]);
            }
        }
    }

    /** The floats nearest to multiples of pi/2, where all but the last digits of the argument cancel. */
    @Test
    void nearTheZerosOfSineAndCosine() {
        float[] x = new float[2003];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) ((i < 1000 ? i + 1 : 37L * i * (i > 1900 ? i : 1)) * Math.PI / 2);
        }
        for (Unary op : List.of(new Sin(), new Cos())) {
            double[] expected = new double[x.length];
            double[] actual = new double[x.length];
            float[] y = run(on.fp32(), op, false, Shape.of(x.length), x);
            for (int i = 0; i < x.length; i++) {
                expected[i] = op.apply(x[i]);
                actual[i] = y[i];
            }
            ulps(2).check(op.name(), expected, actual, null);
        }
    }

    @Test
    void everySize() {
        for (int n : SIZES) {
            float[] x = new float[n];
            float[] affine = new float[n];
            float[] chosen = new float[n];
            for (int i = 0; i < n; i++) {
                x[i] = i % 40 - 17;
                affine[i] = 3 * x[i] - 1;
                chosen[i] = x[i] > 0 ? x[i] : x[i] * x[i];
            }
            assertArrayEquals(affine, run(on.fp32(), new Affine(3, -1), false, Shape.of(n), x));
            assertArrayEquals(affine, run(on.bf16(), new Affine(3, -1), true, Shape.of(n), x));
            try (Scope scope = Scope.open(on.fp32())) {
                Tensor t = Tensor.of(Shape.of(n), x);
                assertArrayEquals(chosen, t.where(t.relu(), t.square()).toArray(), "where of " + n);
            }
        }
    }

    /** The float32 kernel's result on the same numbers, rounded. */
    @Test
    void bfloat16IsFloat32Rounded() {
        float[] x = everyMagnitude(false);
        for (int i = 0; i < x.length; i++) {
            x[i] = DeviceArrays.bf16(x[i]);
        }
        for (Unary op : List.of(new Affine(0.7, 0.1), new Relu(), new Sigmoid(), new Tanh())) {
            float[] expected = run(on.fp32(), op, false, Shape.of(x.length), x);
            for (int i = 0; i < x.length; i++) {
                expected[i] = DeviceArrays.bf16(expected[i]);
            }
            assertArrayEquals(expected, run(on.bf16(), op, true, Shape.of(x.length), x), op.name());
        }
    }

    /** Values, and gradients through the twin, at the angles as float32 rounds them. */
    @Test
    void sinusoidalEmbedding() {
        for (int[] size : new int[][] {{0, 4}, {3, 0}, {1, 1}, {5, 7}, {33, 64}}) {
            int half = size[1];
            float[] t = new float[size[0]];
            float[] f = new float[half];
            for (int i = 0; i < t.length; i++) {
                t[i] = (i + 0.5f) / t.length;
            }
            for (int j = 0; j < half; j++) {
                f[j] = (float) Math.exp(-j * Math.log(10_000) / Math.max(1, half - 1));
            }
            float[] dy = DeviceArrays.normal(2 * half * t.length, false, 6);
            double[] values = new double[dy.length];
            double[] gradient = new double[t.length];
            double[] terms = new double[t.length];
            for (int i = 0; i < t.length; i++) {
                for (int j = 0; j < half; j++) {
                    float angle = 999f * t[i] * f[j];
                    int at = 2 * half * i + j;
                    values[at] = Math.sin(angle);
                    values[at + half] = Math.cos(angle);
                    double bySine = dy[at] * Math.cos(angle) * f[j] * 999;
                    double byCosine = -dy[at + half] * Math.sin(angle) * f[j] * 999;
                    gradient[i] += bySine + byCosine;
                    terms[i] += Math.abs(dy[at] * f[j] * 999d) + Math.abs(dy[at + half] * f[j] * 999d);
                }
            }
            try (Scope scope = Scope.open(on.fp32())) {
                Tensor times = Tensor.of(Shape.of(size[0]), t).requireGrad();
                Tensor y = new SinusoidalEmbedding(999).apply(times, Tensor.of(Shape.of(half), f));
                assertEquals(Shape.of(size[0], 2 * half), y.shape());
                largest(4, 1).check("features", values, y.toDoubles(), null);
                Tensor dt = Autograd.gradients(y, Tensor.of(y.shape(), dy), false, times)[0];
                terms(2 * half + 8).check("gradient to the times", gradient, dt.toDoubles(), terms);
            }
        }
    }
}
