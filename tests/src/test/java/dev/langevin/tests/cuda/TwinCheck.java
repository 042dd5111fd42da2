package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.Vjp;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.tests.engine.Backends;
import dev.langevin.tests.engine.Tolerance;
import java.util.List;
import java.util.stream.Stream;

/**
 * Holds the CUDA kernels of a fused op, forward and backward, to its twin in double on the same numbers, and to the same
 * bits in a second run.
 */
final class TwinCheck {
    /** One rounding to bfloat16, in roundings to float32. */
    static final double BF16_ROUNDING = 0x1p-8 / Tolerance.UNIT;

    private final CudaBackend cuda;
    private final Fused op;
    private final Shape[] shapes;
    private final float[][] values;
    private int narrow;

    /** The emulator, and a device where there is one. */
    static List<CudaBackend> backends(Precision precision) {
        return Stream.concat(Stream.of(CudaBackend.emulated(precision)), Backends.device(precision).stream()).toList();
    }

    TwinCheck(CudaBackend cuda, Fused op, Shape... shapes) {
        this.cuda = cuda;
        this.op = op;
        this.shapes = new Shape[shapes.length + 1];
        System.arraycopy(shapes, 0, this.shapes, 0, shapes.length);
        this.shapes[shapes.length] = op.shapes(shapes)[0];
        this.values = new float[this.shapes.length][];
        for (int i = 0; i <= shapes.length; i++) {
            uniform(i, -1, 1);
        }
    }

    /** Input i, or at the end the upstream gradient, uniform in [low, high]. */
    TwinCheck uniform(int i, double low, double high) {
        values[i] = new float[shapes[i].size()];
        for (int k = 0; k < values[i].length; k++) {
            values[i][k] = (float) (low + (high - low) * Philox.uniform(23, 99, i, 0, k));
        }
        return this;
    }

    /** Stores an input and the upstream gradient as bfloat16; their numbers become such. */
    TwinCheck narrow(int... inputs) {
        for (int i : inputs) {
            narrow |= 1 << i;
        }
        narrow |= 1 << shapes.length - 1;
        for (int i = 0; i < shapes.length; i++) {
            for (int k = 0; (narrow >> i & 1) != 0 && k < values[i].length; k++) {
                values[i][k] = DeviceArrays.bf16(values[i][k]);
            }
        }
        return this;
    }

    float[] values(int i) {
        return values[i];
    }

    void value(Tolerance tolerance) {
        assertNotNull(cuda.kernels().find(op), op + " has a kernel");
        double[] expected;
        try (ReferenceBackend reference = new ReferenceBackend()) {
            expected = forward(reference);
        }
        double[] actual = forward(cuda);
        assertArrayEquals(actual, forward(cuda), "second run");
        tolerance.check(Backends.label(cuda) + ": " + op + " of " + shapes[0], expected, actual, null);
    }

    /** @param tolerances of the gradient to each input */
    void gradients(int needs, Tolerance... tolerances) {
        Vjp<Fused> vjp = new Vjp<>(op, needs);
        assertNotNull(cuda.kernels().find(vjp), vjp + " has a kernel");
        double[][] expected;
        try (ReferenceBackend reference = new ReferenceBackend()) {
            expected = apply(reference, vjp);
        }
        double[][] actual = apply(cuda, vjp);
        double[][] again = apply(cuda, vjp);
        for (int i = 0; i < expected.length; i++) {
            if ((needs >> i & 1) == 0) {
                assertNull(actual[i], "gradient to input " + i + ", for which nobody asked");
            } else {
                assertArrayEquals(actual[i], again[i], "second run");
                tolerances[i].check(Backends.label(cuda) + ": " + vjp + " of " + shapes[0] + ", gradient to input " + i, expected[i], actual[i], null);
            }
        }
    }

    private double[] forward(Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            return op.apply(inputs(backend, shapes.length - 1)).toDoubles();
        }
    }

    private double[][] apply(Backend backend, Vjp<Fused> vjp) {
        try (Scope scope = Scope.open(backend)) {
            Tensor[] out = Autograd.noGrad(() -> Dispatch.apply(vjp, inputs(backend, shapes.length)));
            double[][] result = new double[out.length][];
            for (int i = 0; i < out.length; i++) {
                result[i] = out[i] == null ? null : out[i].toDoubles();
            }
            return result;
        }
    }

    private Tensor[] inputs(Backend backend, int count) {
        Tensor[] in = new Tensor[count];
        for (int i = 0; i < count; i++) {
            Tensor t = Tensor.of(shapes[i], values[i]);
            in[i] = backend == cuda && (narrow >> i & 1) != 0 ? DeviceArrays.narrow(t) : t;
        }
        return in;
    }
}
