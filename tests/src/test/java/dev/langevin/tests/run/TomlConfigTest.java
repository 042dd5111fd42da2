package dev.langevin.tests.run;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Config files (row R-CONF): every value comes back, and every slip of the user is named with file and key. */
class TomlConfigTest {
    enum Weighting { SIGMA_SQUARED, UNIFORM }

    record Optimiser(double learningRate, int warmUp, Weighting weighting) {
        Optimiser {
            if (!(learningRate > 0)) {
                throw new IllegalArgumentException("learning-rate: expected more than 0, got " + learningRate);
            }
        }
    }

    record Net(List<Integer> multipliers, int[] attention, double dropout) {
    }

    record Config(String name, long seed, boolean flip, Optimiser optimiser, Net net) {
        static Config defaults() {
            return new Config("default", 1L << 40, true, new Optimiser(1e-4, 100, Weighting.UNIFORM),
                    new Net(List.of(1, 2), new int[] {7}, 0.1));
        }
    }

    record Strict(int steps, double[] times) {
    }

    @TempDir
    Path folder;

    @Test
    void whatIsLeftOutKeepsItsDefault() {
        assertEquals(TomlConfig.write(Config.defaults()), TomlConfig.write(read("")));
        Config config = read("""
                seed = 7   # mine
                [optimiser]
                weighting = "sigma-squared"
                learning-rate = 1
                [net]
                attention = [14, 7]
                """);
        assertEquals(7, config.seed());
        assertEquals("default", config.name());
        assertEquals(new Optimiser(1, 100, Weighting.SIGMA_SQUARED), config.optimiser());
        assertArrayEquals(new int[] {14, 7}, config.net().attention());
        assertEquals(List.of(1, 2), config.net().multipliers());
    }

    @Test
    void writtenTextIsReadableAndComesBack() throws IOException {
        Config config = new Config("a \"b\" \\ \u00fc\n", -3, false,
                new Optimiser(2.5e-7, 0, Weighting.SIGMA_SQUARED), new Net(List.of(), new int[0], 1.0 / 3));
        String text = TomlConfig.write(config);
        assertEquals("""
                name = "a \\"b\\" \\\\ \u00fc\\u000a"
                seed = -3
                flip = false

                [optimiser]
                learning-rate = 2.5e-7
                warm-up = 0
                weighting = "sigma-squared"

                [net]
                multipliers = []
                attention = []
                dropout = 0.3333333333333333
                """, text);
        Path file = Files.writeString(folder.resolve("config.toml"), text);
        Config back = TomlConfig.read(file, Config.class);
        assertEquals(config.name(), back.name());
        assertEquals(config.optimiser(), back.optimiser());
        assertEquals(text, TomlConfig.write(back));
    }

    @Test
    void doublesSurviveToTheBit() {
        double[] values = {1e-4, 123456789.0, 1e22, Double.MIN_VALUE, Double.MAX_VALUE, Math.PI, -0.0,
            Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 0.1 + 0.2};
        String text = TomlConfig.write(new Strict(1, values));
        assertArrayEquals(values, TomlConfig.read(stream(text), "p", Strict.class).times(), 0, text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            sead = 1                            | unknown key "sead"; the nearest known one is "seed"
            optimiser.learning-rat = 1          | unknown key "optimiser.learning-rat"; the nearest known one is "optimiser.learning-rate"
            learningRate = 1                    | unknown key "learningRate"
            seed = "1"                          | "seed": expected a whole number within 64 bits, got "1"
            seed = 1.5                          | "seed": expected a whole number
            seed = 9223372036854775808          | "seed": expected a whole number within 64 bits
            optimiser.warm-up = 3000000000      | "optimiser.warm-up": expected a whole number within 32 bits
            flip = 1                            | "flip": expected true or false, got 1
            name = true                         | "name": expected a string in quotes
            optimiser.learning-rate = "fast"    | "optimiser.learning-rate": expected a number
            optimiser.learning-rate = nan       | [optimiser] learning-rate: expected more than 0
            optimiser.weighting = "SIGMA"       | expected "sigma-squared" or "uniform", got "SIGMA"
            optimiser = 3                       | "optimiser": expected a table, got 3
            net.multipliers = 3                 | "net.multipliers": expected a list, got 3
            net.multipliers = [1, "2"]          | "net.multipliers[1]": expected a whole number
            net.attention = [1.5]               | "net.attention[0]": expected a whole number
            seed = 1 seed = 2                   | not TOML: line 1
            seed =                              | not TOML: line 1
            [[seed]]                            | "seed": expected a whole number
            """)
    void slipsAreNamed(String text, String expected) throws IOException {
        Path file = Files.writeString(folder.resolve("config.toml"), text);
        refused(file, expected, f -> TomlConfig.read(f, Config.class));
    }

    @Test
    void aRecordWithoutDefaultsDemandsEveryKey() {
        refused("preset x", "lacks the key \"times\"",
                () -> TomlConfig.read(stream("steps = 3"), "preset x", Strict.class));
        refused(folder.resolve("none.toml"), "no such file", f -> TomlConfig.read(f, Config.class));
        refused("binary", "not TOML", () -> TomlConfig.read(new ByteArrayInputStream(
                new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0}), "binary", Config.class));
    }

    private static Config read(String text) {
        return TomlConfig.read(stream(text), "test", Config.class);
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
