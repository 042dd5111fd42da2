package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Shape;
import dev.langevin.engine.cpu.BinaryCpu;
import dev.langevin.engine.cpu.BinaryOp;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.cpu.UnaryCpu;
import dev.langevin.engine.cpu.UnaryOp;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Unary and binary functions, with broadcasting, against double precision. Rows: P-ENG. */
class ElementwiseCpuTest {
    private static final int[][][] SHAPES = {
        {{}, {}}, {{1}, {1}}, {{5}, {5}}, {{Simd.LANES - 1}, {1}}, {{Simd.LANES}, {Simd.LANES}},
        {{Simd.LANES + 1}, {}}, {{40000}, {40000}}, {{40000}, {1}}, {{70001}, {}},
        {{2, 5, 3, 7}, {2, 1, 1, 7}}, {{2, 5, 3, 7}, {7}}, {{2, 5, 3, 7}, {2, 1, 1, 1}}, {{2, 5, 3, 7}, {5, 1, 7}},
        {{2, 5, 3, 7}, {2, 5, 3, 1}}, {{3, 40, 40, 24}, {3, 1, 1, 24}}, {{3, 40, 40, 3}, {3}}, {{3, 40, 40, 3}, {1, 40, 40, 3}},
        {{2, 1, 300}, {1, 4, 300}}, {{4, 1}, {1, 6}}, {{3, 1, 5, 1}, {2, 1, 6}}, {{2, 40000}, {40000}},
        {{2, 40000}, {2, 1}}, {{2, 0, 3}, {3}}, {{1, 1, 33}, {9, 1}},
    };

    @Test
    void broadcasting() {
        for (int[][] pair : SHAPES) {
            for (BinaryOp op : BinaryOp.values()) {
                binary(op, Shape.of(pair[0]), Shape.of(pair[1]));
                binary(op, Shape.of(pair[1]), Shape.of(pair[0]));
            }
        }
    }

    private static void binary(BinaryOp op, Shape aShape, Shape bShape) {
        Shape shape = Shape.broadcast(aShape, bShape);
        int[] as = aShape.stridesIn(shape);
        int[] bs = bShape.stridesIn(shape);
        float[] a = Kernels.data(aShape.size(), 1);
        float[] b = Kernels.data(bShape.size(), 2);
        double[] expected = new double[shape.size()];
        for (int e = 0; e < expected.length; e++) {
            int ia = 0;
            int ib = 0;
            int rest = e;
            for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                int at = rest % shape.dim(axis);
                rest /= shape.dim(axis);
                ia += at * as[axis];
                ib += at * bs[axis];
            }
            expected[e] = exact(op, a[ia], b[ib]);
        }
        float[] actual = Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(shape.size());
            BinaryCpu.binary(op, out, shape.dims(), a, as, b, bs);
            return out;
        });
        // One correctly rounded operation: the float result is exact.
        Kernels.assertClose(op + " " + aShape + " " + bShape, expected, actual, 0);
    }

    private static float exact(BinaryOp op, float a, float b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case GREATER -> a > b ? 1 : 0;
        };
    }

    @Test
    void scalarsOnEitherSide() {
        for (int size : new int[] {1, Simd.LANES - 1, Simd.LANES + 1, 40001}) {
            float[] a = Kernels.data(size, 3);
            float[] left = Kernels.poisoned(size);
            float[] right = Kernels.poisoned(size);
            BinaryCpu.binary(BinaryOp.SUB, left, 2.5f, a, size);
            BinaryCpu.binary(BinaryOp.SUB, right, a, 2.5f, size);
            for (int i = 0; i < size; i++) {
                assertEquals(2.5f - a[i], left[i]);
                assertEquals(a[i] - 2.5f, right[i]);
            }
            BinaryCpu.binary(BinaryOp.MUL, a, a, a, size);
            assertTrue(Float.isNaN(a[size]));
        }
    }

    @Test
    void stridesThatAreNeitherContiguousNorConstantAreRefused() {
        float[] a = new float[10];
        assertThrows(IllegalArgumentException.class, () ->
                BinaryCpu.binary(BinaryOp.ADD, new float[5], new int[] {5}, a, new int[] {2}, a, new int[] {1}));
    }

    @Test
    void unaryFunctions() {
        for (int size : new int[] {1, Simd.LANES - 1, Simd.LANES, Simd.LANES + 1, 20_011}) {
            for (UnaryOp op : UnaryOp.values()) {
                boolean positive = op == UnaryOp.LOG || op == UnaryOp.SQRT;
                float[] x = Kernels.data(size, 3, 0, 4);
                if (positive) {
                    for (int i = 0; i < size; i++) {
                        x[i] = Math.abs(x[i]);
                    }
                }
                DoubleUnaryOperator f = exact(op);
                double[] expected = new double[size];
                double[] bound = new double[size];
                for (int i = 0; i < size; i++) {
                    expected[i] = f.applyAsDouble(x[i]);
                    // At most 3 ulp; an ulp is at most 2 EPS of the value.
                    bound[i] = 6 * Kernels.EPS * Math.abs(expected[i]);
                }
                float[] actual = Kernels.sameBits(() -> {
                    float[] y = Kernels.poisoned(size);
                    UnaryCpu.unary(op, y, x, size);
                    return y;
                });
                Kernels.assertClose(op + " of " + size, expected, actual, bound);
                UnaryCpu.unary(op, x, x, size);
                Kernels.assertClose(op + " in place", expected, x, bound);
            }
        }
    }

    private static DoubleUnaryOperator exact(UnaryOp op) {
        return switch (op) {
            case EXP -> Math::exp;
            case EXPM1 -> Math::expm1;
            case LOG -> Math::log;
            case SQRT -> Math::sqrt;
            case SQUARE -> x -> x * x;
            case RECIPROCAL -> x -> 1 / x;
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case TANH -> Math::tanh;
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case SILU -> x -> x / (1 + Math.exp(-x));
            case RELU -> x -> Math.max(x, 0);
            case ABS -> Math::abs;
        };
    }

    @Test
    void extremesAndNan() {
        float[] x = {0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -1e30f, 1e-42f, 100f, -100f};
        for (UnaryOp op : UnaryOp.values()) {
            float[] y = new float[x.length];
            UnaryCpu.unary(op, y, x, x.length);
            for (int i = 0; i < x.length; i++) {
                if (op == UnaryOp.SILU && x[i] == Float.NEGATIVE_INFINITY) {
                    continue; // -infinity times 0
                }
                float expected = (float) exact(op).applyAsDouble(x[i]);
                // 3 ulp, and for SiLU the step of a subnormal sigmoid times |x|.
                float delta = Float.isFinite(expected) ? 3 * Math.ulp(expected) : Float.MIN_VALUE;
                float silu = op == UnaryOp.SILU && Float.isFinite(x[i]) ? Math.abs(x[i]) * Float.MIN_VALUE : 0;
                assertEquals(expected, y[i], delta + silu, op + " of " + x[i]);
            }
        }
    }

    @Test
    void affineWhereAndSiluBackward() {
        for (int size : new int[] {1, Simd.LANES - 1, Simd.LANES + 1, 33_000}) {
            float[] x = Kernels.data(size, 2, 0, 5);
            float[] dy = Kernels.data(size, 6);
            double[] affine = new double[size];
            double[] gradient = new double[size];
            double[] bound = new double[size];
            double[] chosen = new double[size];
            float[] condition = Kernels.data(size, 7);
            for (int i = 0; i < size; i++) {
                affine[i] = Math.fma(x[i], 3f, -1f);
                double s = 1 / (1 + Math.exp(-x[i]));
                gradient[i] = dy[i] * (s + x[i] * s * (1 - s));
                // Three terms, each with 3 ulp of s and two roundings.
                bound[i] = 10 * Kernels.EPS * Math.abs(dy[i]) * s * (1 + 2 * Math.abs(x[i]));
                condition[i] = condition[i] > 0 ? 1 : 0;
                chosen[i] = condition[i] != 0 ? x[i] : dy[i];
            }
            float[] y = Kernels.poisoned(size);
            UnaryCpu.affine(y, x, 3f, -1f, size);
            Kernels.assertClose("affine", affine, y, 0);
            UnaryCpu.siluBackward(y, x, dy, size);
            Kernels.assertClose("siluBackward", gradient, y, bound);
            Arrays.fill(y, Float.NaN);
            UnaryCpu.where(y, condition, x, dy, size);
            Kernels.assertClose("where", chosen, y, 0);
        }
    }
}
