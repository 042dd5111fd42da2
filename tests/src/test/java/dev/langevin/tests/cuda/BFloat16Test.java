package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.Conv2dInput;
import dev.langevin.engine.op.Conv2dResidual;
import dev.langevin.engine.op.Conv2dWeight;
import dev.langevin.engine.op.MatMul;
import dev.langevin.engine.op.Pad;
import dev.langevin.engine.op.SumPool;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.tests.engine.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Row R-FP16: ops on tensors that are stored as bfloat16 give what they give in double on the same numbers, rounded
 * once: movement exactly, products within half a unit and the roundings of float32 sums.
 */
class BFloat16Test {
    private static final List<CudaBackend> BACKENDS = Stream.concat(Stream.of(CudaBackend.emulated(Precision.BF16)),
            Backends.device(Precision.BF16).stream()).toList();
    private static final double UNIT = 0x1p-8;
    private static final double FLOAT_UNIT = 0x1p-24;

    private final List<DynamicTest> tests = new ArrayList<>();

    @AfterAll
    static void close() {
        BACKENDS.forEach(CudaBackend::close);
    }

    /** @param terms longest sum; 0 for movement, which is exact */
    private void add(String name, int terms, Function<Tensor[], Tensor> op, Shape... shapes) {
        for (CudaBackend backend : BACKENDS) {
            tests.add(DynamicTest.dynamicTest(Backends.label(backend) + " " + name + " " + List.of(shapes), () -> {
                double[] actual = run(backend, op, false, shapes);
                double[] expected;
                double[] magnitudes;
                try (ReferenceBackend reference = new ReferenceBackend()) {
                    expected = run(reference, op, false, shapes);
                    magnitudes = run(reference, op, true, shapes);
                }
                assertEquals(expected.length, actual.length);
                for (int i = 0; i < actual.length; i++) {
                    assertEquals((float) actual[i], round((float) actual[i]), name + "[" + i + "] is a bfloat16");
                    double bound = terms == 0 ? 0 : UNIT * Math.abs(expected[i]) + (terms + 2) * FLOAT_UNIT * magnitudes[i];
                    assertTrue(Math.abs(actual[i] - expected[i]) <= bound, name + "[" + i + "]: expected " + expected[i] + ", got " + actual[i]);
                }
            }));
        }
    }

    private static double[] run(Backend backend, Function<Tensor[], Tensor> op, boolean absolute, Shape... shapes) {
        try (Scope scope = Scope.open(backend)) {
            Tensor[] x = new Tensor[shapes.length];
            for (int i = 0; i < x.length; i++) {
                float[] values = new float[shapes[i].size()];
                for (int k = 0; k < values.length; k++) {
                    float v = round((float) Philox.normal(7, 97, i, 0, k));
                    values[k] = absolute ? Math.abs(v) : v;
                }
                x[i] = narrow(Tensor.of(shapes[i], values));
            }
            return op.apply(x).toDoubles();
        }
    }

    /** Nearest bfloat16 by Java's own rounding of double arithmetic: 2^16 of float32's units are one of bfloat16's. */
    private static float round(float v) {
        float unit = Math.ulp(v) * 0x1p16f;
        return (float) (Math.rint(v / (double) unit) * unit);
    }

    /** The same numbers, stored as bfloat16: a product with the identity. */
    private static Tensor narrow(Tensor x) {
        int n = x.rank() == 0 ? 1 : x.dim(-1);
        float[] identity = new float[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * (n + 1)] = 1;
        }
        return x.size() == 0 ? x : x.linear(Tensor.of(Shape.of(n, n), identity), null);
    }

    @TestFactory
    Stream<DynamicTest> movement() {
        for (int c : new int[] {1, 3, 6, 8, 40}) {
            add("permute 0 2 1", 0, x -> x[0].permute(0, 2, 1), Shape.of(2, 37, c));
            add("permute 1 0 2", 0, x -> x[0].permute(1, 0, 2), Shape.of(5, 7, c));
            add("permute 3 1 0 2", 0, x -> x[0].permute(3, 1, 0, 2), Shape.of(5, 2, 3, c));
            add("permute, nothing moves", 0, x -> x[0].permute(0, 2, 1, 3), Shape.of(5, 2, 1, c));
            add("slice of the last axis", 0, x -> x[0].slice(1, c / 4, c - c / 4), Shape.of(7, c));
            add("slice of the middle axis", 0, x -> x[0].slice(1, 1, 4), Shape.of(7, 5, c));
            add("pad", 0, x -> new Pad(1, 2, 1).apply(x[0]), Shape.of(3, 4, c));
            add("pad of the last axis", 0, x -> new Pad(1, 2, 6).apply(x[0]), Shape.of(9, c));
            add("concat", 0, x -> Tensor.concat(3, x[0], x[1]), Shape.of(2, 3, 5, c), Shape.of(2, 3, 5, 8));
            add("upsampleNearest", 0, x -> x[0].upsampleNearest(2), Shape.of(2, 3, 5, c));
            add("sumPool", 4, x -> new SumPool(2).apply(x[0]), Shape.of(2, 4, 6, c));
            add("sumPool by 3", 9, x -> new SumPool(3).apply(x[0]), Shape.of(1, 3, 6, c));
            add("gather", 0, x -> x[0].gather(Tensor.of(Shape.of(2, 3), 2, 0, 2, 3, 2, 1)), Shape.of(4, c));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> products() {
        for (int t = 0; t < 4; t++) {
            boolean ta = (t & 1) != 0;
            boolean tb = (t & 2) != 0;
            add("matMul, transposed " + ta + " " + tb, 11, x -> new MatMul(ta, tb).apply(x),
                    ta ? Shape.of(3, 11, 5) : Shape.of(3, 5, 11), tb ? Shape.of(3, 7, 11) : Shape.of(3, 11, 7));
        }
        add("gradient to the weights of a linear layer", 9, x -> new MatMul(true, false).apply(x), Shape.of(9, 5), Shape.of(9, 6));
        add("linear without bias", 12, x -> x[0].linear(x[1], null), Shape.of(2, 5, 12), Shape.of(7, 12));
        Shape x = Shape.of(2, 5, 7, 6);
        Shape w = Shape.of(8, 3, 3, 6);
        Shape y = Shape.of(2, 5, 7, 8);
        add("conv2d", 54, t -> t[0].conv2d(t[1], t[2], 1, 1), x, w, Shape.of(8));
        add("conv2d, stride 2", 54, t -> t[0].conv2d(t[1], null, 2, 1), x, w);
        add("conv2dResidual", 55, t -> new Conv2dResidual(1, 1).apply(t), x, w, Shape.of(8), y);
        add("conv2dInput", 72, t -> new Conv2dInput(1, 1, 5, 7).apply(t), y, w);
        add("conv2dWeight", 70, t -> new Conv2dWeight(1, 1, 3, 3).apply(t), x, y);
        return tests.stream();
    }

    /** A bias that is added after the product was stored is a second rounding: that of the sum, and that of its first term. */
    @TestFactory
    Stream<DynamicTest> biases() {
        for (int c : new int[] {5, 8}) {
            add("bias of a zero image", 1, t -> t[0].mul(0).conv2d(t[1], t[2], 1, 0), Shape.of(2, 3, 3, 4), Shape.of(c, 1, 1, 4), Shape.of(c));
            add("bias of a linear layer of zeros", 1, t -> t[0].mul(0).linear(t[1], t[2]), Shape.of(7, 4), Shape.of(c, 4), Shape.of(c));
            add("bias of a transposed convolution of zeros", 1, t -> t[0].mul(0).convTranspose2d(t[1], t[2], 2, 1), Shape.of(1, 3, 3, 4),
                    Shape.of(4, 4, 4, c), Shape.of(c));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> whatStaysFloat32() {
        return BACKENDS.stream().map(backend -> DynamicTest.dynamicTest(Backends.label(backend), () -> {
            try (Scope scope = Scope.open(backend)) {
                double third = (float) (1.0 / 3);
                Tensor weight = Tensor.full(Shape.of(3, 4), third);
                Tensor x = Tensor.full(Shape.of(2, 4), third);
                x.linear(weight, null);
                assertArrayEquals(new double[] {third, third, third}, weight.slice(1, 1, 2).reshape(3).toDoubles(), "a weight with a bfloat16 shadow");
                assertEquals((float) (2 * third), x.add(x).toDoubles()[0], "arithmetic on float32");
                double rounded = round((float) third);
                Tensor narrow = narrow(x);
                assertEquals(rounded, narrow.toDoubles()[0]);
                assertEquals((float) (rounded + third), narrow.add(x).toDoubles()[0], "a sum with a float32 tensor");
                assertEquals((float) (8 * rounded), narrow.sum().item(), 0, "a sum");
            }
        }));
    }
}
