package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.op.MaxTo;
import dev.langevin.engine.op.Reduced;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;
import dev.langevin.tests.engine.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows P-ENG, R-FP16: sums and maxima over every choice of axes against double precision; the same bits every time. */
@ParameterizedClass
@MethodSource("storages")
class ReduceCudaTest {
    /** Each kernel, with whole and broken packs, below, at and above where the plan changes: rows of 1024 and 16384; 32 and 256 rows of columns. */
    private static final int[][] SHAPES = {
        {1}, {3}, {4}, {5}, {127}, {1024}, {1025}, {16_384}, {5, 31}, {3, 1029}, {2, 16_387}, {1, 7, 1},
        {31, 5}, {33, 8}, {130, 17}, {600, 3}, {260, 36}, {300, 1, 5}, {2, 65, 33}, {5, 7, 7, 24}, {2, 3, 4, 5}, {3, 1, 70, 1},
        {2, 200, 3}, {2, 3, 2, 3, 2}, {2, 40, 3, 8}, {20, 0}, {0, 20}, {2, 0, 3},
    };

    private final Storages on;

    ReduceCudaTest(Storages on) {
        this.on = on;
    }

    static List<Storages> storages() {
        return Storages.all();
    }

    @Test
    void everyChoiceOfAxes() {
        for (int[] dims : SHAPES) {
            Shape shape = Shape.of(dims);
            for (int mask = 0; mask < 1 << dims.length; mask++) {
                int choice = mask;
                Shape target = mask == 0 ? shape : Reduced.kept(shape, IntStream.range(0, dims.length).filter(i -> (choice >> i & 1) != 0).toArray());
                check(on.fp32(), shape, target, 1, 0);
                check(on.bf16(), shape, target, 1, 3);
            }
        }
    }

    /** Axes in front are reduced away too. */
    @Test
    void toFewerAxes() {
        check(on.fp32(), Shape.of(2, 5, 3), Shape.of(3), 1, 0);
        check(on.fp32(), Shape.of(2, 5, 3), Shape.of(5, 1), 1, 0);
        check(on.fp32(), Shape.of(2, 5, 3), Shape.SCALAR, 1, 0);
        check(on.fp32(), Shape.of(1, 1, 3), Shape.of(3), 1, 0);
        check(on.bf16(), Shape.of(1, 1, 3), Shape.of(3), 1, 0);
    }

    /** Sums of several launches, of numbers far from 0. */
    @Test
    void longOnes() {
        check(on.fp32(), Shape.of(9001, 3), Shape.of(1, 3), 1e-3, 10);
        check(on.fp32(), Shape.of(1030, 33), Shape.of(1, 33), 1e-3, 10);
        check(on.fp32(), Shape.of(50_003), Shape.of(1), 1e-3, 10);
        check(on.bf16(), Shape.of(300, 72), Shape.of(1, 72), 1, 10);
    }

    private void check(CudaBackend cuda, Shape shape, Shape target, double scale, double offset) {
        Random random = new Random(shape.hashCode());
        float[] x = new float[shape.size()];
        for (int i = 0; i < x.length; i++) {
            float v = (float) (random.nextGaussian() * scale + offset);
            x[i] = cuda == on.bf16() ? DeviceArrays.bf16(v) : v;
        }
        double[] sum = new double[target.size()];
        double[] terms = new double[target.size()];
        double[] max = new double[target.size()];
        Arrays.fill(max, Double.NEGATIVE_INFINITY);
        int[] strides = target.stridesIn(shape);
        for (int i = 0; i < x.length; i++) {
            int at = 0;
            int rest = i;
            for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                at += rest % shape.dim(axis) * strides[axis];
                rest /= shape.dim(axis);
            }
            sum[at] += x[i];
            terms[at] += Math.abs(x[i]);
            max[at] = Math.max(max[at], x[i]);
        }
        String what = shape + " to " + target + " on " + cuda.precision();
        // At most 64 numbers one after another, and then in pairs: 64 and 2 log2 of the rest, far below what terms(n) allows.
        int n = Math.max(1, shape.size() / Math.max(1, target.size()));
        Tolerance.terms(Math.min(n, 500)).check("sum of " + what, sum, twice(cuda, shape, x, t -> t.sumTo(target)), terms);
        Tolerance.exact().check("max of " + what, max, twice(cuda, shape, x, t -> max(t, target)), null);
    }

    private static Tensor max(Tensor t, Shape target) {
        return target.equals(t.shape()) ? t : new MaxTo(target).apply(t);
    }

    private double[] twice(CudaBackend cuda, Shape shape, float[] x, UnaryOperator<Tensor> op) {
        double[] first = null;
        for (int run = 0; run < 2; run++) {
            try (Scope scope = Scope.open(cuda)) {
                Tensor t = Tensor.of(shape, x);
                double[] y = op.apply(cuda == on.bf16() ? DeviceArrays.narrow(t) : t).toDoubles();
                if (first == null) {
                    first = y;
                }
                assertArrayEquals(first, y, "bits of a second run");
            }
        }
        return first;
    }

    @Test
    void nanAndInfinityShow() {
        for (int[] dims : new int[][] {{100, 1}, {1, 100}, {1, 2000}, {50, 3}, {300, 8}, {40, 6, 5}}) {
            Shape shape = Shape.of(dims);
            for (int at : new int[] {0, shape.size() / 2 + 1, shape.size() - 1}) {
                float[] x = new float[shape.size()];
                Arrays.fill(x, -1);
                x[at] = Float.NaN;
                assertTrue(Double.isNaN(all(shape, x, true)), "maximum of " + shape + " with NaN at " + at);
                assertTrue(Double.isNaN(all(shape, x, false)), "sum of " + shape + " with NaN at " + at);
                x[at] = Float.NEGATIVE_INFINITY;
                assertEquals(-1, all(shape, x, true));
                assertEquals(Double.NEGATIVE_INFINITY, all(shape, x, false));
                x[at] = Float.POSITIVE_INFINITY;
                assertEquals(Double.POSITIVE_INFINITY, all(shape, x, true));
            }
        }
    }

    /** Over the first axis, then over the others. */
    private double all(Shape shape, float[] x, boolean max) {
        try (Scope scope = Scope.open(on.fp32())) {
            Tensor t = Tensor.of(shape, x);
            return (max ? t.max(0).max() : t.sum(0).sum()).item();
        }
    }

    @Test
    void nothingToAdd() {
        try (Scope scope = Scope.open(on.fp32())) {
            assertArrayEquals(new float[3], Tensor.zeros(Shape.of(0, 3)).sum(0).toArray());
            assertArrayEquals(new float[0], Tensor.zeros(Shape.of(0, 3)).sum(1).toArray());
            assertEquals(Double.NEGATIVE_INFINITY, Tensor.zeros(Shape.of(0, 3)).max().item());
        }
    }

    /** Rows that begin anywhere are added in the order of those at multiples of 16 bytes: the same bits. */
    @Test
    void anyAddress() {
        CudaRuntime runtime = on.fp32().runtime();
        Random random = new Random(8);
        for (DType type : DType.values()) {
            float[] x = new float[40 * 64];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian();
            }
            long from = runtime.allocate(4L * x.length + 16);
            long to = runtime.allocate(4096);
            float[][] first = new float[3][];
            for (int shift = 0; shift < 3; shift++) {
                long at = from + (long) shift * type.bytes();
                DeviceArrays.put(runtime, at, type, x);
                String suffix = type.suffix();
                on.fp32().launch("sum_rows_" + suffix).address(to).address(at).int32(2560).int32(1).run(Grid.of(1, 256));
                float[] rows = DeviceArrays.get(runtime, to, DType.F32, 1);
                on.fp32().launch("sum_rows_short_" + suffix).address(to).address(at).int32(40).int32(64).int32(16).run(Grid.of(3, 256));
                float[] shortRows = DeviceArrays.get(runtime, to, DType.F32, 40);
                on.fp32().launch("sum_columns_" + suffix).address(to).address(at).int32(40).int32(64).int32(8).int32(2).int32(1).int32(40)
                        .run(Grid.of(2, 256));
                float[][] results = {rows, shortRows, DeviceArrays.get(runtime, to, DType.F32, 64)};
                for (int i = 0; i < results.length; i++) {
                    first[i] = shift == 0 ? results[i] : first[i];
                    assertArrayEquals(first[i], results[i], "result " + i + " of " + type + " at " + shift);
                }
            }
            runtime.free(from);
            runtime.free(to);
        }
    }
}
