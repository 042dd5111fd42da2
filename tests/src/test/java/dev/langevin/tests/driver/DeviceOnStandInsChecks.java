package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.reference.ReferenceBackend;
import java.nio.file.Path;

/** The checks of {@link DeviceOnStandInsTest}; runs in a JVM of its own. */
final class DeviceOnStandInsChecks {
    private DeviceOnStandInsChecks() {
    }

    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        StandIns.Checks checks = new StandIns.Checks();
        DeviceTest device = new DeviceTest();
        for (Precision precision : Precision.values()) {
            checks.run("wholeNumbers " + precision, () -> device.wholeNumbers(precision));
        }
        for (Precision precision : Precision.values()) {
            checks.run("graphs " + precision, () -> device.graphs(precision));
        }
        checks.run("runtime", device::runtime);
        checks.run("tensors", DeviceOnStandInsChecks::tensors);
        checks.run("withoutCudnn", DeviceOnStandInsChecks::withoutCudnn);
        StandInDriver driver = new StandInDriver(folder);
        checks.run("measured", () -> measured(driver));
        checks.end();
    }

    /** The engine's ops on that backend, as far as they are the libraries'. */
    private static void tensors() {
        try (Backend cuda = CudaBackend.device(Precision.FP32); Backend reference = new ReferenceBackend()) {
            assertArrayEquals(convolved(reference), convolved(cuda));
        }
    }

    private static float[] convolved(Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.of(Shape.of(2, 5, 4, 3), DenseCases.whole(2 * 5 * 4 * 3, 1));
            Tensor w = Tensor.of(Shape.of(6, 3, 3, 3), DenseCases.whole(6 * 3 * 3 * 3, 2));
            Tensor y = x.conv2d(w, null, 1, 1);
            return y.reshape(40, 6).matmul(Tensor.of(Shape.of(6, 2), DenseCases.whole(12, 3))).toArray();
        }
    }

    private static void withoutCudnn() {
        System.setProperty("langevin.cuda.cudnn", "false");
        try (CudaBackend cuda = CudaBackend.device(Precision.FP32)) {
            assertEquals("cuBLAS 13.0.2, convolutions as matrix products", cuda.dense().description());
        } finally {
            System.clearProperty("langevin.cuda.cudnn");
        }
    }

    private static void measured(StandInDriver driver) throws Throwable {
        System.setProperty("langevin.cuda.deterministic", "false");
        driver.calls();
        try (CudaBackend cuda = CudaBackend.device(Precision.FP32)) {
            DenseCases.backwardData(cuda.runtime(), DenseCases.CONVOLUTIONS.getFirst(), cuda.dense()::backwardData);
            assertTrue(driver.calls().stream().anyMatch(c -> c.startsWith("cudnnFindConvolutionBackwardDataAlgorithmEx")));
        } finally {
            System.clearProperty("langevin.cuda.deterministic");
        }
    }
}
