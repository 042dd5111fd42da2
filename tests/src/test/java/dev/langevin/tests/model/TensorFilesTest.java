package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreUNet;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row R-CKPT (weights): a network's weights go to a file and come back in every bit; another network's are refused. */
class TensorFilesTest {
    @TempDir
    private Path folder;
    private final CpuBackend backend = new CpuBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    @Test
    void roundTrip() {
        Path file = folder.resolve("weights.safetensors");
        ScoreUNet net = new ScoreUNet(UNetTest.configs().getFirst(), Parameters.create(1));
        Safetensors.write(file, TensorFiles.entries("model.", net.parameters().map()), Map.of("a", "b"));
        ScoreUNet other = new ScoreUNet(UNetTest.configs().getFirst(), Parameters.create(2));
        TensorFiles.load("model.", Safetensors.read(file).tensors(), other.parameters().map(), file.toString());
        assertEquals(net.parameters().map().keySet(), other.parameters().map().keySet());
        net.parameters().map().forEach((name, t) -> assertArrayEquals(t.toArray(), other.parameters().map().get(name).toArray(), name));
        Tensor x = Tensor.normal(Shape.of(1, 28, 28, 1), new RandomKey(1, 1, 0, 0));
        Tensor t = Tensor.full(Shape.of(1), 0.4);
        assertArrayEquals(net.forward(x, t, null).toArray(), other.forward(x, t, null).toArray());
    }

    /** Rank 4 is (A, kh, kw, B) here and (A, B, kh, kw) in files; all else is as it is. */
    @Test
    void layoutsArePyTorchs() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("conv", Tensor.of(Shape.of(2, 1, 3, 2), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
        tensors.put("linear", Tensor.of(Shape.of(2, 2), 0, 1, 2, 3));
        Map<String, Safetensors.Entry> entries = TensorFiles.entries("", tensors);
        assertArrayEquals(new int[] {2, 2, 1, 3}, entries.get("conv").shape());
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}, entries.get("conv").data());
        assertArrayEquals(new float[] {0, 1, 2, 3}, entries.get("linear").data());
    }

    @Test
    void anotherNetworksWeightsAreRefusedWhole() {
        ScoreMlp net = new ScoreMlp(2, 4, 1, 999, Parameters.create(1));
        Map<String, Tensor> parameters = net.parameters().map();
        Map<String, Safetensors.Entry> entries = new LinkedHashMap<>(TensorFiles.entries("", new ScoreMlp(2, 4, 1, 999, Parameters.create(9)).parameters().map()));
        float[] before = parameters.get("layer.0.weight").toArray();
        Safetensors.Entry out = entries.remove("out.bias");
        InputException missing = assertThrows(InputException.class, () -> TensorFiles.load("", entries, parameters, "a.safetensors"));
        assertTrue(missing.getMessage().contains("a.safetensors") && missing.getMessage().contains("out.bias"), missing.getMessage());
        entries.put("out.bias", new Safetensors.Entry(new int[] {3}, new float[3]));
        InputException shape = assertThrows(InputException.class, () -> TensorFiles.load("", entries, parameters, "a.safetensors"));
        assertTrue(shape.getMessage().contains("out.bias") && shape.getMessage().contains("[3]") && shape.getMessage().contains("[2]"), shape.getMessage());
        assertArrayEquals(before, parameters.get("layer.0.weight").toArray(), "nothing was written");
        entries.put("out.bias", out);
        entries.put("layer.1.weight", new Safetensors.Entry(new int[] {4, 4}, new float[16]));
        InputException more = assertThrows(InputException.class, () -> TensorFiles.load("", entries, parameters, "a.safetensors"));
        assertTrue(more.getMessage().contains("a.safetensors") && more.getMessage().contains("layer.1.weight"), more.getMessage());
        assertArrayEquals(before, parameters.get("layer.0.weight").toArray(), "nothing was written");
        entries.remove("layer.1.weight");
        TensorFiles.load("", entries, parameters, "a.safetensors");
        assertTrue(!java.util.Arrays.equals(before, parameters.get("layer.0.weight").toArray()));
    }

    @Test
    void aClosedSetOfParametersRefusesAnotherNetwork() {
        Parameters p = Parameters.create(1);
        new ScoreMlp(2, 4, 1, 999, p);
        InputException more = assertThrows(InputException.class, () -> new ScoreMlp(2, 4, 2, 999, p.copy()));
        assertTrue(more.getMessage().contains("layer.1"), more.getMessage());
        InputException wider = assertThrows(InputException.class, () -> new ScoreMlp(2, 8, 1, 999, p.copy()));
        assertTrue(wider.getMessage().contains("(4, 4)") && wider.getMessage().contains("(8, 8)"), wider.getMessage());
    }
}
