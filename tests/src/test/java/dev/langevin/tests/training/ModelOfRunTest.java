package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row R-CONF: a configuration that was edited behind a checkpoint is refused; a checkpoint from before a key existed is not. */
class ModelOfRunTest {

    @ParameterizedTest
    @ValueSource(strings = {"mnist", "mnist-unet", "swiss-roll"})
    void keysThatCameLaterHaveTheirDefaults(String preset) {
        TrainConfig config = Presets.named(preset);
        String model = config.model();
        // What differs between the presets, and so cannot be left out.
        String old = String.join("\n", model.lines().filter(line -> line.isBlank()
                || line.matches("(network|base-channels|res-blocks|dropout|zero-init|parametrisation|sigma-data) =.*|\\[.*")).toList());
        assertTrue(old.length() < model.length());
        assertDoesNotThrow(() -> config.checkModel(old, "config.toml"));
        assertDoesNotThrow(() -> config.checkModel(model, "config.toml"));
        assertDoesNotThrow(() -> config.checkModel(null, "config.toml"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"base-channels = 16", "network = \"unet\"", "beta-max = 20.0", "parametrisation = \"edm\""})
    void whatChangedIsNamed(String line) {
        TrainConfig config = Presets.named("mnist");
        String changed = switch (line) {
            case "base-channels = 16" -> "base-channels = 32";
            case "network = \"unet\"" -> "network = \"mlp\"";
            case "beta-max = 20.0" -> "beta-max = 10.0";
            default -> "parametrisation = \"noise\"";
        };
        assertEquals(1, config.model().lines().filter(line::equals).count(), config.model());
        String then = config.model().replace(line, changed);
        InputException refused = assertThrows(InputException.class, () -> config.checkModel(then, "config.toml"));
        assertTrue(refused.getMessage().contains(line) && refused.getMessage().contains(changed), refused.getMessage());
    }
}
