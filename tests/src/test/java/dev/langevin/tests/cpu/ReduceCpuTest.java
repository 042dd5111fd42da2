package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Shape;
import dev.langevin.engine.cpu.ReduceCpu;
import dev.langevin.engine.cpu.Simd;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Sums and maxima over axes against plain double loops. Rows: P-ENG. */
class ReduceCpuTest {
    private static final int[][] SHAPES = {
        {1}, {Simd.LANES - 1}, {Simd.LANES}, {Simd.LANES + 1}, {5000}, {200_003}, {3, 70_000}, {70_000, 3}, {1, 7, 1},
        {130, 17}, {2, 65, 33}, {5, 7, 7, 24}, {2, 3, 4, 5}, {3, 1, 70, 1}, {2, 200, 3}, {2, 3, 2, 3, 2}, {300, 1, 5}, {200, 0}, {0, 200},
    };

    @Test
    void everyChoiceOfAxes() {
        for (int[] dims : SHAPES) {
            for (int mask = 0; mask < 1 << dims.length; mask++) {
                boolean[] reduced = new boolean[dims.length];
                for (int i = 0; i < dims.length; i++) {
                    reduced[i] = (mask >> i & 1) != 0;
                }
                check(dims, reduced, 1, 0);
                check(dims, reduced, 1e-3, 10);
            }
        }
    }

    private static Shape kept(Shape shape, boolean[] reduced) {
        Shape kept = shape;
        for (int axis = 0; axis < reduced.length; axis++) {
            kept = reduced[axis] ? kept.with(axis, 1) : kept;
        }
        return kept;
    }

    private static void check(int[] dims, boolean[] reduced, double scale, double offset) {
        int size = Arrays.stream(dims).reduce(1, (x, y) -> x * y);
        float[] in = Kernels.data(size, scale, offset, 1);
        int outSize = 1;
        for (int i = 0; i < dims.length; i++) {
            outSize *= reduced[i] ? 1 : dims[i];
        }
        double[] sum = new double[outSize];
        double[] bound = new double[outSize];
        double[] max = new double[outSize];
        Arrays.fill(max, Double.NEGATIVE_INFINITY);
        for (int e = 0; e < size; e++) {
            int o = 0;
            int stride = 1;
            int rest = e;
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                if (!reduced[axis]) {
                    o += rest % dims[axis] * stride;
                    stride *= dims[axis];
                }
                rest /= dims[axis];
            }
            sum[o] += in[e];
            // At most 4096 / 4 lanes additions one after another in a piece (1024 at 1 lane of 4), and a few after.
            bound[o] += (4096.0 / 4 / Simd.LANES + 2 * Simd.LANES + 32) * Kernels.EPS * Math.abs(in[e]);
            max[o] = Math.max(max[o], in[e]);
        }
        int n = outSize;
        Shape shape = Shape.of(dims);
        Shape target = kept(shape, reduced);
        String what = Arrays.toString(dims) + " over " + Arrays.toString(reduced);
        Kernels.assertClose("sum " + what, sum, Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(n);
            ReduceCpu.sum(out, target, in, shape);
            return out;
        }), bound);
        Kernels.assertClose("max " + what, max, Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(n);
            ReduceCpu.max(out, target, in, shape);
            return out;
        }), 0);
    }

    @Test
    void longSumsKeepTheirDigits() {
        int size = 20_000_000;
        float[] in = new float[size];
        Arrays.fill(in, 0.1f);
        float[] out = new float[1];
        ReduceCpu.sum(out, Shape.SCALAR, in, Shape.of(size));
        // The pieces in float, and the sum rounded at the end.
        assertEquals(size * (double) 0.1f, out[0], size * 0.1 * (4096 / 4 / Simd.LANES + 1) * Kernels.EPS);
    }

    @Test
    void nanAndInfinityShow() {
        float[] in = Kernels.data(100, 1);
        in[57] = Float.NaN;
        float[] out = new float[1];
        ReduceCpu.sum(out, Shape.SCALAR, in, Shape.of(100));
        assertTrue(Float.isNaN(out[0]));
        ReduceCpu.max(out, Shape.SCALAR, in, Shape.of(100));
        assertTrue(Float.isNaN(out[0]));
        in[57] = Float.NEGATIVE_INFINITY;
        ReduceCpu.sum(out, Shape.SCALAR, in, Shape.of(10, 10));
        assertEquals(Float.NEGATIVE_INFINITY, out[0]);
    }
}
