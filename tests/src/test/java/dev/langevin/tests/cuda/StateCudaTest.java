package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Diagnosis;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row P-ENG: weights to files and back, diagnosis and scopes, with tensors that lie on CUDA. */
class StateCudaTest {
    private static final UNetConfig UNET =
            new UNetConfig(4, 1, 4, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(2), true, 2, 2, 0.2, false);

    @TempDir
    private Path folder;
    private final CudaBackend cuda = CudaBackend.emulated(Precision.BF16);

    @AfterEach
    void close() {
        cuda.close();
    }

    private static Map<String, Safetensors.Entry> weights(Backend backend, long seed) {
        try (Scope scope = Scope.open(backend)) {
            Parameters parameters = Parameters.create(seed);
            new ScoreUNet(UNET, parameters);
            return TensorFiles.entries("model.", parameters.map());
        }
    }

    private static void assertSameEntries(Map<String, Safetensors.Entry> expected, Map<String, Safetensors.Entry> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, entry) -> {
            assertArrayEquals(entry.shape(), actual.get(name).shape(), name);
            assertArrayEquals(entry.data(), actual.get(name).data(), 0, name);
        });
    }

    /** Master weights are float32 also where products are bfloat16: a file has the CPU's bits, and gives them back. */
    @Test
    void weightsGoThroughAFile() {
        Map<String, Safetensors.Entry> written = weights(cuda, 3);
        try (CpuBackend cpu = new CpuBackend()) {
            assertSameEntries(weights(cpu, 3), written);
        }
        Path file = folder.resolve("weights.safetensors");
        Safetensors.write(file, written, Map.of());
        try (Scope scope = Scope.open(cuda)) {
            Parameters other = Parameters.create(4);
            ScoreUNet network = new ScoreUNet(UNET, other);
            Tensor x = Tensor.normal(Shape.of(2, 4, 4, 1), new RandomKey(1, 1, 0, 0));
            Tensor t = Tensor.of(Shape.of(2), 0.2, 0.7);
            network.forward(x, t, null); // bfloat16 copies of the weights that are about to be replaced
            TensorFiles.load("model.", Safetensors.read(file).tensors(), other.map(), "weights.safetensors");
            assertSameEntries(written, TensorFiles.entries("model.", other.map()));
            float[] expected = new ScoreUNet(UNET, Parameters.create(3)).forward(x, t, null).toArray();
            assertArrayEquals(expected, network.forward(x, t, null).toArray(), 0);
        }
    }

    @Test
    void diagnosisNamesTheFirstThatIsNotFinite() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor x = Tensor.of(Shape.of(2, 3), 1, -2, 3, 4, 5, 6).requireGrad();
            assertNull(Diagnosis.firstNonFinite(x.square().sum()));
            Tensor logarithm = x.log();
            Tensor sum = logarithm.mul(2).sum();
            assertSame(logarithm, Diagnosis.firstNonFinite(sum));
            Tensor narrow = x.linear(Tensor.full(Shape.of(2, 3), 1e38), null).silu(); // stored as bfloat16
            assertTrue(!Diagnosis.isFinite(narrow.square()));
        }
    }

    @Test
    void misuseOfScopesIsSaid() {
        try (Scope outer = Scope.open(cuda); CpuBackend cpu = new CpuBackend()) {
            Tensor freed;
            try (Scope inner = Scope.open()) {
                freed = Tensor.zeros(Shape.of(3));
            }
            assertTrue(assertThrows(LangevinException.class, () -> freed.add(1)).getMessage().contains("was used after it was freed"));
            assertTrue(assertThrows(LangevinException.class, freed::toArray).getMessage().contains("was used after it was freed"));
            Tensor here = Tensor.zeros(Shape.of(3));
            try (Scope elsewhere = Scope.open(cpu)) {
                String message = assertThrows(LangevinException.class, () -> here.add(1)).getMessage();
                assertTrue(message.contains("lives on cuda, the open scope is on cpu"), message);
            }
        }
    }
}
