package dev.langevin.tests.cuda;

import static dev.langevin.tests.engine.Tolerance.exact;
import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.ulps;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.Abs;
import dev.langevin.engine.op.Add;
import dev.langevin.engine.op.Affine;
import dev.langevin.engine.op.Binary;
import dev.langevin.engine.op.Cos;
import dev.langevin.engine.op.Div;
import dev.langevin.engine.op.Exp;
import dev.langevin.engine.op.Expm1;
import dev.langevin.engine.op.Greater;
import dev.langevin.engine.op.Log;
import dev.langevin.engine.op.Mul;
import dev.langevin.engine.op.Op;
import dev.langevin.engine.op.Reciprocal;
import dev.langevin.engine.op.Relu;
import dev.langevin.engine.op.Sigmoid;
import dev.langevin.engine.op.Sin;
import dev.langevin.engine.op.SinusoidalEmbedding;
import dev.langevin.engine.op.Sqrt;
import dev.langevin.engine.op.Square;
import dev.langevin.engine.op.Sub;
import dev.langevin.engine.op.Tanh;
import dev.langevin.engine.op.Unary;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.tests.engine.Tolerance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows P-ENG, R-FP16, E-SIN: the elementwise, broadcasting and sinusoidal kernels at every magnitude and every shape. */
class ElementwiseCudaTest {
    private static final CudaBackend FP32 = CudaBackend.emulated(Precision.FP32);
    private static final CudaBackend BF16 = CudaBackend.emulated(Precision.BF16);
    private static final int[] SIZES = {0, 1, 3, 4, 5, 7, 8, 9, 255, 1021, 2049};
    private static final List<Unary> UNARY = List.of(new Abs(), new Affine(3, -1), new Cos(), new Exp(), new Expm1(), new Log(), new Reciprocal(),
            new Relu(), new Sigmoid(), new Sin(), new Sqrt(), new Square(), new Tanh());
    private static final List<Binary> BINARY = List.of(new Add(), new Sub(), new Mul(), new Div(), new Greater());
    /** Every way in which an operand is read: see strides.cuh. */
    private static final int[][][] SHAPES = {
        {{}, {}}, {{1}, {}}, {{5}, {5}}, {{1, 5}, {5}}, {{8}, {1}}, {{1021}, {}}, {{1024}, {1}},
        {{7, 5}, {5}}, {{7, 8}, {8}}, {{7, 12}, {1, 12}}, {{7, 5}, {7, 1}}, {{7, 8}, {7, 1}}, {{33, 16}, {33, 1}},
        {{2, 5, 3, 7}, {2, 1, 1, 7}}, {{2, 5, 3, 16}, {2, 1, 1, 16}}, {{2, 5, 3, 8}, {2, 1, 1, 1}}, {{2, 5, 3, 7}, {5, 1, 7}}, {{2, 5, 3, 7}, {2, 5, 3, 1}},
        {{3, 4, 4, 3}, {1, 4, 4, 3}}, {{3, 4, 4, 3}, {1, 4, 4, 1}}, {{2, 4, 8}, {2, 1, 8}}, {{2, 1, 30}, {1, 4, 30}}, {{4, 1}, {1, 6}}, {{3, 1, 5, 1}, {2, 1, 6}},
        {{2, 3, 4, 5}, {3, 1, 5}}, {{2, 3, 2, 3, 2}, {2, 1, 2, 1, 2}}, {{2, 3, 2, 3, 4}, {3, 1, 3, 1}}, {{2, 3, 4, 3, 2}, {1, 3, 1, 3, 1}},
        {{2, 1, 2, 1, 3}, {1, 3, 1, 2, 1}}, {{2, 3, 2, 3, 2, 3}, {2, 1, 2, 1, 2, 1}}, {{0, 3}, {3}}, {{2, 0, 4}, {2, 1, 1}}, {{0}, {}}, {{3, 1}, {0}},
    };

    @AfterAll
    static void close() {
        FP32.close();
        BF16.close();
    }

    private static float[] run(CudaBackend cuda, Op op, boolean narrow, Shape shape, float[] x) {
        try (Scope scope = Scope.open(cuda)) {
            Tensor t = Tensor.of(shape, x);
            return op.apply(narrow ? DeviceArrays.narrow(t) : t).toArray();
        }
    }

    private static List<Unary> unary() {
        return UNARY;
    }

    private static List<Binary> binary() {
        return BINARY;
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
            case Sin o -> largest(4, 1);
            case Cos o -> largest(4, 1);
            default -> ulps(2);
        };
    }

    @ParameterizedTest
    @MethodSource("unary")
    void everyMagnitude(Unary op) {
        float[] x = everyMagnitude(op instanceof Log || op instanceof Sqrt);
        double[] expected = new double[x.length];
        double[] actual = new double[x.length];
        float[] y = run(FP32, op, false, Shape.of(x.length), x);
        for (int i = 0; i < x.length; i++) {
            expected[i] = op.apply(x[i]);
            actual[i] = y[i];
        }
        tolerance(op).check(op.name(), expected, actual, null);
        assertArrayEquals(y, run(FP32, op, false, Shape.of(x.length), x), "a second run");
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
            float[] y = run(FP32, op, false, Shape.of(x.length), x);
            for (int i = 0; i < x.length; i++) {
                float expected = (float) op.apply(x[i]);
                float delta = !Float.isFinite(expected) ? 0 : tolerance(op).scale() == Tolerance.Scale.LARGEST ? 0x1p-22f : 3 * Math.ulp(expected);
                assertEquals(expected, y[i], delta, op.name() + " of " + x[i]);
            }
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
            assertArrayEquals(affine, run(FP32, new Affine(3, -1), false, Shape.of(n), x));
            assertArrayEquals(affine, run(BF16, new Affine(3, -1), true, Shape.of(n), x));
            try (Scope scope = Scope.open(FP32)) {
                Tensor t = Tensor.of(Shape.of(n), x);
                assertArrayEquals(chosen, t.where(t.relu(), t.square()).toArray(), "where of " + n);
            }
        }
    }

    private static float[] normal(int size, boolean narrow, long seed) {
        Random random = new Random(seed);
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            float v = (float) random.nextGaussian();
            x[i] = narrow ? DeviceArrays.bf16(v) : v;
        }
        return x;
    }

    /** One operation, rounded once: exact. With both operands, or one and a scalar, in bfloat16 it is rounded once more; beside float32 it is not. */
    @ParameterizedTest
    @MethodSource("binary")
    void broadcasting(Binary op) {
        for (int[][] pair : SHAPES) {
            for (boolean swap : new boolean[] {false, true}) {
                Shape a = Shape.of(pair[swap ? 1 : 0]);
                Shape b = Shape.of(pair[swap ? 0 : 1]);
                broadcasting(FP32, op, a, false, b, false);
                broadcasting(BF16, op, a, true, b, true);
                broadcasting(BF16, op, a, true, b, false);
                broadcasting(BF16, op, a, false, b, true);
            }
        }
    }

    private static void broadcasting(CudaBackend cuda, Binary op, Shape aShape, boolean aNarrow, Shape bShape, boolean bNarrow) {
        float[] a = normal(aShape.size(), aNarrow, 1);
        float[] b = normal(bShape.size(), bNarrow, 2);
        Shape shape = Shape.broadcast(aShape, bShape);
        int[] sa = aShape.stridesIn(shape);
        int[] sb = bShape.stridesIn(shape);
        boolean rounded = (aNarrow || aShape.rank() == 0) && (bNarrow || bShape.rank() == 0) && (aNarrow && aShape.rank() > 0 || bNarrow && bShape.rank() > 0);
        float[] expected = new float[shape.size()];
        for (int i = 0; i < expected.length; i++) {
            float y = (float) op.apply(a[at(i, shape, sa)], b[at(i, shape, sb)]);
            expected[i] = rounded ? DeviceArrays.bf16(y) : y;
        }
        String what = op.name() + " of " + aShape + (aNarrow ? " narrow" : "") + " and " + bShape + (bNarrow ? " narrow" : "");
        for (int run = 0; run < 2; run++) {
            try (Scope scope = Scope.open(cuda)) {
                Tensor x = Tensor.of(aShape, a);
                Tensor z = Tensor.of(bShape, b);
                assertArrayEquals(expected, op.apply(aNarrow ? DeviceArrays.narrow(x) : x, bNarrow ? DeviceArrays.narrow(z) : z).toArray(), what);
            }
        }
    }

    private static int at(int index, Shape shape, int[] strides) {
        int at = 0;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            at += index % shape.dim(axis) * strides[axis];
            index /= shape.dim(axis);
        }
        return at;
    }

    @Test
    void broadcastCopies() {
        for (int[][] pair : SHAPES) {
            Shape target = Shape.broadcast(Shape.of(pair[0]), Shape.of(pair[1]));
            for (int[] dims : pair) {
                Shape source = Shape.of(dims);
                float[] x = normal(source.size(), true, 3);
                float[] expected = new float[target.size()];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = x[at(i, target, source.stridesIn(target))];
                }
                for (CudaBackend cuda : List.of(FP32, BF16)) {
                    try (Scope scope = Scope.open(cuda)) {
                        Tensor t = Tensor.of(source, x);
                        assertArrayEquals(expected, (cuda == BF16 ? DeviceArrays.narrow(t) : t).broadcastTo(target).toArray(), source + " to " + target);
                    }
                }
            }
        }
    }

    /** Nine runs of axes are more than the general kernel takes: one line says so. */
    @Test
    void tooManyAxes() {
        int[] dims = {2, 1, 2, 1, 2, 1, 2, 1, 2};
        int[] other = {1, 2, 1, 2, 1, 2, 1, 2, 1};
        try (Scope scope = Scope.open(FP32)) {
            LangevinException e = assertThrows(LangevinException.class, () -> Tensor.zeros(Shape.of(dims)).add(Tensor.zeros(Shape.of(other))));
            assertTrue(e.getMessage().startsWith("add: broadcasting alternates over 9 runs of axes"), e.getMessage());
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
            float[] expected = run(FP32, op, false, Shape.of(x.length), x);
            for (int i = 0; i < x.length; i++) {
                expected[i] = DeviceArrays.bf16(expected[i]);
            }
            assertArrayEquals(expected, run(BF16, op, true, Shape.of(x.length), x), op.name());
        }
    }

    /** Arrays that do not begin at multiples of 16 bytes: the same numbers, one at a time. */
    @Test
    void anyAddress() {
        float[] x = normal(61, true, 4);
        for (DType type : DType.values()) {
            CudaRuntime runtime = FP32.runtime();
            long from = runtime.allocate(1024);
            long to = runtime.allocate(1024);
            DeviceArrays.put(runtime, from + type.bytes(), type, x);
            for (int shift = 0; shift < 2; shift++) {
                long y = to + shift * type.bytes();
                FP32.launch("relu_" + type.suffix()).address(y).address(from + type.bytes()).int64(x.length).over(x.length, 4);
                float[] relu = DeviceArrays.get(runtime, y, type, x.length);
                FP32.launch("add_" + type.suffix()).address(y).address(from + type.bytes()).address(from + type.bytes()).int32(x.length).over(x.length, 4);
                float[] twice = DeviceArrays.get(runtime, y, type, x.length);
                for (int i = 0; i < x.length; i++) {
                    assertEquals(Math.max(0, x[i]), relu[i]);
                    assertEquals(2 * x[i], twice[i]);
                }
            }
            runtime.free(from);
            runtime.free(to);
        }
    }

    @Test
    void sinusoidalEmbedding() {
        for (int[] size : new int[][] {{0, 4}, {3, 0}, {1, 1}, {5, 7}, {33, 64}}) {
            float[] t = new float[size[0]];
            double[] f = new double[size[1]];
            for (int i = 0; i < t.length; i++) {
                t[i] = (i + 0.5f) / t.length;
            }
            for (int i = 0; i < f.length; i++) {
                f[i] = Math.exp(-i * Math.log(10_000) / Math.max(1, f.length - 1));
            }
            SinusoidalEmbedding op = new SinusoidalEmbedding(999);
            try (Scope scope = Scope.open(FP32)) {
                Tensor times = Tensor.of(Shape.of(size[0]), t);
                Tensor frequencies = Tensor.of(Shape.of(size[1]), f);
                Tensor y = op.apply(times, frequencies);
                assertEquals(Shape.of(size[0], 2 * size[1]), y.shape());
                float[] values = y.toArray();
                for (int i = 0; i < values.length; i++) {
                    int j = i % (2 * f.length);
                    float angle = 999f * t[i / (2 * f.length)] * (float) f[j % f.length];
                    assertEquals(j < f.length ? Math.sin(angle) : Math.cos(angle), values[i], 4 * Tolerance.UNIT, "feature " + i);
                }
            }
        }
    }

    /** What a thread reads and writes at a time, by kernel and instruction. */
    @Test
    void sixteenBytesAtATime() {
        Map<String, List<String>> wide = new LinkedHashMap<>();
        for (String unary : List.of("affine", "relu", "sigmoid", "tanh")) {
            wide.put(unary + "_f32", List.of("ld.global.nc.v4.f32", "st.global.v4.f32"));
            wide.put(unary + "_bf16", List.of("ld.global.nc.v4.u32", "st.global.v4.u32"));
        }
        for (String binary : List.of("add", "sub", "mul", "div", "greater")) {
            for (String form : List.of("", "_stretched")) {
                wide.put(binary + form + "_f32", List.of("ld.global.nc.v4.f32", "st.global.v4.f32"));
                wide.put(binary + form + "_bf16", List.of("ld.global.nc.v4.u32", "st.global.v4.u32"));
            }
        }
        for (String op : List.of("sum", "max")) {
            for (String form : List.of("_rows", "_rows_short", "_columns", "_columns_short")) {
                wide.put(op + form + "_f32", List.of("ld.global.nc.v4.f32"));
                wide.put(op + form + "_bf16", List.of("ld.global.nc.v4.u32"));
            }
        }
        KernelLibrary library = new KernelLibrary();
        wide.forEach((kernel, instructions) -> {
            String ptx = library.get(kernel).module().ptx();
            int from = ptx.indexOf(".entry " + kernel + "(");
            String body = ptx.substring(from, ptx.indexOf("\n}", from));
            instructions.forEach(i -> assertTrue(body.contains(i), kernel + " has no " + i));
        });
    }
}
