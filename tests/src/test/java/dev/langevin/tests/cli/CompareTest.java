package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows T-CMP and T-SSM-CMP from the command line: figures that scripts rely on, a table to read, one line for what is wrong. */
class CompareTest {
    @TempDir
    Path folder;

    private static final List<String> OBJECTIVES = List.of("dsm null", "esm null", "ssm rademacher", "ssm gaussian", "ssm sphere",
            "ssm-vr rademacher", "ssm-vr gaussian", "ssm-vr sphere");

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static String objective(JsonNode row) {
        return row.get("objective").textValue() + " " + row.get("probe").asText();
    }

    @Test
    void objectives() {
        JsonNode figures = Cli.figures("compare", "objectives", "--steps", 8, "--seeds", 2, "--device", "cpu", "--threads", 1);
        assertEquals(List.of("device", "threads", "steps", "seeds", "rows"), names(figures));
        assertEquals(OBJECTIVES.size(), figures.get("rows").size());
        for (int i = 0; i < OBJECTIVES.size(); i++) {
            JsonNode row = figures.get("rows").get(i);
            assertEquals(OBJECTIVES.get(i), objective(row));
            assertEquals(List.of("objective", "probe", "error", "error_standard_error", "divergence", "seconds", "error_at_equal_time", "curves"), names(row));
            double error = 0;
            double seconds = 0;
            for (int seed = 0; seed < 2; seed++) {
                JsonNode points = row.get("curves").get(seed).get("points");
                assertEquals(8, points.size());
                assertEquals(seed + 1, row.get("curves").get(seed).get("seed").intValue());
                assertEquals(8, points.get(7).get("step").intValue());
                error += points.get(7).get("error").doubleValue() / 2;
                seconds += points.get(7).get("seconds").doubleValue() / 2;
            }
            assertEquals(error, row.get("error").doubleValue(), 1e-12);
            assertEquals(seconds, row.get("seconds").doubleValue(), 1e-12);
            assertTrue(error > 0.2 && error < 1.1 && row.get("error_standard_error").doubleValue() > 0, row::toString);
        }
    }

    /** One seed has no standard error; one step makes one point; people get a table. */
    @Test
    void aSingleStepOfOneSeed() {
        Cli cli = Cli.run("compare", "objectives", "--steps", 1, "--seeds", 1, "--device", "cpu", "--threads", 1);
        assertEquals(0, cli.status(), cli.err());
        assertEquals(2 + OBJECTIVES.size(), cli.out().lines().count(), cli.out());
        assertTrue(cli.out().lines().anyMatch(line -> line.matches("ssm-vr   sphere +\\d\\.\\d{4} +- .*")), cli.out());
    }

    /** For a known precision P: 2 |P|^2 for normal directions, without the diagonal for signs; to 8 %, four standard errors of 2,000 or more. */
    @Test
    void traces() {
        JsonNode figures = Cli.figures("compare", "traces", "--dimensions", "2,6", "--seconds", 0.01, "--device", "cpu", "--threads", 1);
        assertEquals(List.of("device", "threads", "rows"), names(figures));
        JsonNode rows = figures.get("rows");
        assertEquals(14, rows.size());
        for (int k = 0; k < 14; k++) {
            JsonNode row = rows.get(k);
            int d = k < 7 ? 2 : 6;
            assertEquals(d, row.get("dimension").intValue());
            assertEquals(OBJECTIVES.get(1 + k % 7), objective(row));
            assertEquals(List.of("dimension", "objective", "probe", "ms_median", "loss", "standard_error"), names(row));
            assertTrue(row.get("ms_median").doubleValue() > 0);
            // A correlation of 1/2 gives 4/3 at both ends, 5/3 between them and -2/3 beside the diagonal.
            double trace = 8 / 3.0 + (d - 2) * 5 / 3.0;
            double diagonal = 2 * 16 / 9.0 + (d - 2) * 25 / 9.0;
            double beside = 2 * (d - 1) * 4 / 9.0;
            assertEquals(-0.5 * trace / d, row.get("loss").doubleValue(), 1e-12);
            double error = row.get("standard_error").doubleValue();
            switch (objective(row)) {
                case "esm null" -> assertEquals(0, error);
                case "ssm-vr gaussian" -> assertEquals(1, error / (Math.sqrt(2 * (diagonal + beside)) / d), 0.08);
                case "ssm-vr rademacher" -> assertEquals(1, error / (Math.sqrt(2 * beside) / d), 0.08);
                default -> assertTrue(error > 0);
            }
        }
    }

    /** A cell for each sampler and budget, within it; one for a sampler that chooses its steps, in the picture's nearest column. */
    @Test
    void samplersAreDrawnSideBySide() throws IOException {
        Path out = folder.resolve("samplers.png");
        JsonNode figures = Cli.figures("compare", "samplers", "--run", Cli.imageRun(folder), "--samplers", "em,ode-heun,rk45", "--evaluations", "1,4",
                "--n", 3, "--out", out, "--device", "cpu");
        List<String> cells = new ArrayList<>();
        figures.get("cells").forEach(cell -> {
            assertTrue(cell.get("seconds_per_image").doubleValue() > 0);
            cells.add(cell.get("sampler").textValue() + " " + cell.get("budget") + " " + cell.get("steps")
                    + (cell.get("budget").isNull() ? "" : " " + cell.get("evaluations")));
        });
        // One step of Heun's takes two evaluations.
        assertEquals(List.of("em 1 1 1", "em 4 4 4", "ode-heun 4 2 4", "rk45 null null"), cells);
        BufferedImage picture = ImageIO.read(out.toFile());
        int cell = 2 * (8 + 2) + 6;
        int left = 12 + 6 * "ode-heun".length() - 1;
        assertEquals(left + 2 * cell, picture.getWidth());
        assertEquals(12 + 7 + 3 * cell, picture.getHeight());
        assertEquals(0x404040, picture.getRGB(left + 3, 12 + 7 + cell + 3) & 0xffffff, "Heun's method has nothing at one evaluation");
        Cli.refused(List.of("compare", "samplers", "--run", Cli.pointsRun(folder)), "makes points, not images");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare", "compare objectives", "compare traces", "compare samplers", "compare guidance"})
    void helpHasAnExample(String command) {
        List<Object> words = new ArrayList<>(List.of(command.split(" ")));
        words.add("--help");
        Cli cli = Cli.run(words.toArray());
        assertEquals(0, cli.status());
        assertTrue(cli.out().contains("Usage: langevin " + command) && cli.out().matches("(?s).*Examples?: langevin compare .*"), cli.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "compare objctives                 | unknown command 'objctives'; did you mean 'objectives'",
        "compare objectives --steps 0      | --steps 0",
        "compare objectives --seeds 0      | --seeds 0",
        "compare objectives --device tpu   | unknown device 'tpu'",
        "compare objectives --step 3       | did you mean '--steps'",
        "compare samplers                  | '--run=DIR'",
        "compare samplers --run . --n 65   | give a number from 1 to 64",
        "compare samplers --run . --n 0    | give a number from 1 to 64",
        "compare samplers --run . --evaluations 5,0 | --evaluations 0",
        "compare samplers --run . --samplers em,heun | unknown sampler 'heun'",
        "compare traces --dimensions 2,1   | give numbers from 2 to 4096",
        "compare traces --dimensions 5000  | give numbers from 2 to 4096",
        "compare traces --dimensions two   | --dimensions",
        "compare traces --seconds 0        | --seconds 0"})
    void wordsThatAreWrong(String command, String piece) {
        Cli.refused(List.of(command.strip().split("\\s+")), piece);
    }
}
