package dev.langevin.tests.example;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.kernels.KernelModule;
import dev.langevin.tests.engine.Tolerance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuickGeluTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 31, 1021})
    void kernelEqualsTwin(int length) throws IOException {
        try (ReferenceBackend reference = new ReferenceBackend(); CudaBackend cuda = CudaBackend.emulated(Precision.FP32)) {
            cuda.library().add(new KernelModule("quick_gelu", ptx()));
            QuickGeluCuda.put(cuda);
            double[][] expected = valueAndGradient(reference, length);
            double[][] actual = valueAndGradient(cuda, length);
            Tolerance.largest(16, 1).check("value", expected[0], actual[0], null);
            Tolerance.largest(16, 1).check("gradient", expected[1], actual[1], null);
        }
    }

    private static double[][] valueAndGradient(Backend backend, int length) {
        try (Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.uniform(Shape.of(1, length), new RandomKey(1, 2, 3, 4)).mul(8).sub(4).requireGrad();
            Tensor y = new QuickGelu().apply(x);
            return new double[][] {y.toDoubles(), Autograd.gradients(y.sum(), false, x)[0].toDoubles()};
        }
    }

    private static String ptx() throws IOException {
        try (var in = QuickGeluTest.class.getResourceAsStream("/example/quick_gelu.ptx")) {
            assertNotNull(in);
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
