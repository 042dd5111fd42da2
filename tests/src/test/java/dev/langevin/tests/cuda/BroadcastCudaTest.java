package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.op.Add;
import dev.langevin.engine.op.Binary;
import dev.langevin.engine.op.Div;
import dev.langevin.engine.op.Greater;
import dev.langevin.engine.op.Mul;
import dev.langevin.engine.op.Sub;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.KernelLibrary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows P-ENG, R-FP16: arithmetic and copies with every way of broadcasting; how kernels reach memory. */
@ParameterizedClass
@MethodSource("storages")
class BroadcastCudaTest {
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

    private final Storages on;

    BroadcastCudaTest(Storages on) {
        this.on = on;
    }

    static List<Storages> storages() {
        return Storages.all();
    }

    static List<Binary> binary() {
        return BINARY;
    }

    /** One operation, rounded once: exact. With both operands, or one and a scalar, in bfloat16 it is rounded once more; beside float32 it is not. */
    @ParameterizedTest
    @MethodSource("binary")
    void broadcasting(Binary op) {
        for (int[][] pair : SHAPES) {
            for (boolean swap : new boolean[] {false, true}) {
                Shape a = Shape.of(pair[swap ? 1 : 0]);
                Shape b = Shape.of(pair[swap ? 0 : 1]);
                broadcasting(on.fp32(), op, a, false, b, false);
                broadcasting(on.bf16(), op, a, true, b, true);
                broadcasting(on.bf16(), op, a, true, b, false);
                broadcasting(on.bf16(), op, a, false, b, true);
            }
        }
    }

    private static void broadcasting(CudaBackend cuda, Binary op, Shape aShape, boolean aNarrow, Shape bShape, boolean bNarrow) {
        float[] a = DeviceArrays.normal(aShape.size(), aNarrow, 1);
        float[] b = DeviceArrays.normal(bShape.size(), bNarrow, 2);
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
                float[] x = DeviceArrays.normal(source.size(), true, 3);
                float[] expected = new float[target.size()];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = x[at(i, target, source.stridesIn(target))];
                }
                for (CudaBackend cuda : List.of(on.fp32(), on.bf16())) {
                    try (Scope scope = Scope.open(cuda)) {
                        Tensor t = Tensor.of(source, x);
                        assertArrayEquals(expected, (cuda == on.bf16() ? DeviceArrays.narrow(t) : t).broadcastTo(target).toArray(), source + " to " + target);
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
        try (Scope scope = Scope.open(on.fp32())) {
            LangevinException e = assertThrows(LangevinException.class, () -> Tensor.zeros(Shape.of(dims)).add(Tensor.zeros(Shape.of(other))));
            assertTrue(e.getMessage().startsWith("add: broadcasting alternates over 9 runs of axes"), e.getMessage());
        }
    }

    /** Arrays that do not begin at multiples of 16 bytes: the same numbers, one at a time. */
    @Test
    void anyAddress() {
        float[] x = DeviceArrays.normal(61, true, 4);
        for (DType type : DType.values()) {
            CudaRuntime runtime = on.fp32().runtime();
            long from = runtime.allocate(1024);
            long to = runtime.allocate(1024);
            DeviceArrays.put(runtime, from + type.bytes(), type, x);
            for (int shift = 0; shift < 2; shift++) {
                long y = to + shift * type.bytes();
                on.fp32().launch("relu_" + type.suffix()).address(y).address(from + type.bytes()).int64(x.length).over(x.length, 4);
                float[] relu = DeviceArrays.get(runtime, y, type, x.length);
                on.fp32().launch("add_" + type.suffix()).address(y).address(from + type.bytes()).address(from + type.bytes()).int32(x.length).over(x.length, 4);
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
