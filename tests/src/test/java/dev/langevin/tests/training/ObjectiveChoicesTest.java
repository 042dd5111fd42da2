package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.loss.Weighting;
import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row R-CONF for the table {@code [objective]}: every choice is a key of a configuration, trains, and comes back from the file that is written. */
class ObjectiveChoicesTest {
    private final CpuBackend backend = new CpuBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    private static TrainConfig read(String objective) {
        String text = """
                data = "swiss-roll"
                network = "mlp"
                mlp.width = 16
                mlp.depth = 2
                optimiser.batch = 32
                optimiser.learning-rate = 5e-3
                optimiser.warmup-steps = 5
                [objective]
                """ + objective;
        return TomlConfig.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "test", TrainConfig.class);
    }

    static Stream<String> parametrisations() {
        return Parametrisation.ALL.stream().map(Parametrisation::name);
    }

    /** The error of the noise prediction, 1 before anything is learnt, is below 0.5 after 200 steps; what remains cannot be learnt. */
    @ParameterizedTest
    @MethodSource("parametrisations")
    void everyParametrisationLearns(String parametrisation) {
        try (Trainer trainer = new Trainer(read("parametrisation = \"" + parametrisation + "\""), TinyRuns.data("mlp"), backend)) {
            double last = 0;
            for (int step = 1; step <= 200; step++) {
                double loss = trainer.step(step).loss();
                last += step > 160 ? loss / 40 : 0;
            }
            assertTrue(last < 0.5, parametrisation + ": " + last);
        }
    }

    static Stream<String> choices() {
        return Stream.concat(Weighting.ALL.stream().map(w -> "weighting = \"" + w.name() + "\""),
                Stream.of("antithetic = true", "weighting = \"min-snr\"\nmin-snr-gamma = 1.5", "times = \"uniform\"",
                        "density = { kind = \"importance\" }\nweighting = \"likelihood\"", "density = { kind = \"ladder\", levels = 4 }",
                        "density = { kind = \"log-normal\" }\nparametrisation = \"edm\"\nweighting = \"edm\"\nsigma-data = 0.8"));
    }

    /** Each choice changes the loss and trains; written out and read again it is the same. */
    @ParameterizedTest
    @MethodSource("choices")
    void everyChoiceTrains(String choice) {
        TrainConfig config = read(choice);
        String written = TomlConfig.write(config);
        assertEquals(config, TomlConfig.read(new ByteArrayInputStream(written.getBytes(StandardCharsets.UTF_8)), "written", TrainConfig.class));
        try (Trainer usual = new Trainer(read(""), TinyRuns.data("mlp"), backend);
                Trainer trainer = new Trainer(config, TinyRuns.data("mlp"), backend)) {
            double other = usual.step(1).loss();
            double loss = trainer.step(1).loss();
            assertTrue(choice.equals("weighting = \"sigma2\"") == (loss == other), choice + ": " + loss + " and " + other);
            for (int step = 2; step <= 3; step++) {
                loss = trainer.step(step).loss();
            }
            assertTrue(Double.isFinite(loss) && loss > 0, choice);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"parametrisation = \"eps\"", "weighting = \"snr\"", "density = { kind = \"normal\" }", "density = { levels = 1 }",
        "sigma-data = 0.0", "min-snr-gamma = -1.0\nweighting = \"min-snr\"", "kind = \"ssm\"\nantithetic = true"})
    void whatCannotBeIsRefused(String choice) {
        assertTrue(assertThrows(InputException.class, () -> read(choice)).getMessage().startsWith("test: [objective"), choice);
    }

    /** sigma-data is part of what weights mean, for EDM alone. */
    @Test
    void weightsAreBoundToSigmaData() {
        assertNotEquals(read("parametrisation = \"edm\"").model(), read("parametrisation = \"edm\"\nsigma-data = 0.6").model());
        assertEquals(read("").model(), read("sigma-data = 0.6").model());
    }
}
