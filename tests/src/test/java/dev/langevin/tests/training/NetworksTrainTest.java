package dev.langevin.tests.training;

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
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.NcsnppConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows N-CNN, N-NCSN, N-NCSNPP: each network trains on small images from its configuration, and its run opens again. */
class NetworksTrainTest {
    private static final int STEPS = 100;

    @TempDir
    private Path folder;

    private static TrainConfig config(String network) {
        TrainConfig c = TinyRuns.config(network.equals("ncsn++") ? "unet" : network, 1, 1e-2, STEPS).withRun(new RunConfig(STEPS, 10, STEPS, 1, 0));
        return !network.equals("ncsn++") ? c : c.withUnet(c.unet().withNoise(new NoiseLabel(NoiseLabel.Kind.LOG_SIGMA, 2))
                .withNcsnpp(new NcsnppConfig("fir", "biggan", true, "residual", "output-skip")));
    }

    /** A network that gives 0 has a loss of 1, the noise's variance. */
    @ParameterizedTest
    @ValueSource(strings = {"cnn", "ncsn", "ncsn++"})
    void trainsAndOpensAgain(String network) {
        TrainConfig config = config(network);
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.normal(Shape.of(3, 8, 8, 1), new RandomKey(1, 1, 0, 0));
            float[] trained;
            double last = 0;
            try (Trainer trainer = new Trainer(config, TinyRuns.data(config.network()), backend)) {
                for (int step = 1; step <= STEPS; step++) {
                    double loss = trainer.step(step).loss();
                    last += step > STEPS - 25 ? loss / 25 : 0;
                }
                trained = trainer.averagedScore().score(x, 0.4).toArray();
            }
            assertTrue(last < 0.7, "mean loss of the last 25 steps " + last);
            Path root = folder.resolve("run");
            TrainingRun.create(root, config, TinyRuns.data(config.network()), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
            try (TrainedRun run = TrainedRun.open(root, TrainedRun.Weights.EMA, backend)) {
                assertArrayEquals(trained, run.score().score(x, 0.4).toArray(), "as trained in memory");
            }
        }
    }

    /** The tables of README.md say what they are meant to. */
    @Test
    void theNetworkOfTheReadme() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(root.resolve("engine/src/main/java"))) {
            root = root.getParent();
        }
        String text = Files.readString(root.resolve("README.md"));
        String toml = text.substring(text.indexOf("```toml\n") + 8);
        toml = toml.substring(0, toml.indexOf("```"));
        UNetConfig unet = TomlConfig.read(new ByteArrayInputStream(toml.getBytes(StandardCharsets.UTF_8)), "README.md", TrainConfig.class).unet();
        assertEquals(new NcsnppConfig("fir", "biggan", true, "residual", "none"), unet.ncsnpp());
        assertEquals(NoiseLabel.Kind.LOG_SIGMA, unet.noise().kind());
        assertEquals("fir", unet.upsampling());
    }

    /** Until examples bring labels with them, such a run would train the row of "none" alone. */
    @Test
    void classesWithoutLabelsAreRefused() {
        TrainConfig config = TinyRuns.config("unet");
        TrainConfig classes = config.withUnet(config.unet().withClasses(new ClassConfig(10, "embedding", 1)));
        InputException e = assertThrows(InputException.class, () -> classes.check(TinyRuns.data("unet")));
        assertTrue(e.getMessage().startsWith("unet.classes.number 10") && e.getMessage().lines().count() == 1, e.getMessage());
    }
}
