package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows L-ODE and L-BPD as seen from the command line. */
class LikelihoodCommandTest {
    @TempDir
    Path folder;

    @Test
    void ofPoints() {
        Path run = Cli.pointsRun(folder);
        JsonNode figures = Cli.figures("likelihood", "--run", run, "--n", 5, "--tolerance", "1e-3", "--device", "cpu");
        assertTrue(figures.get("nats").doubleValue() < 0 && figures.get("nats_standard_error").doubleValue() > 0, figures::toString);
        assertEquals("exact", figures.get("probe").textValue());
        assertEquals("test", figures.get("split").textValue());
        assertEquals(1e-3, figures.get("tolerance").doubleValue());
        assertEquals(1e-5, figures.get("eps").doubleValue());
        assertTrue(figures.get("evaluations").doubleValue() >= 8 && figures.get("seconds").doubleValue() > 0, figures::toString);
        assertTrue(figures.get("nats_deviation_of_repeats").isNull() && !figures.has("bits_per_dimension"), figures::toString);
        assertEquals(figures.get("nats"), Cli.figures("likelihood", "--run", run, "--n", 5, "--tolerance", "1e-3", "--device", "cpu").get("nats"));
        JsonNode train = Cli.figures("likelihood", "--run", run, "--n", 5, "--tolerance", "1e-3", "--split", "train", "--probe", "gaussian", "--repeats", 2);
        assertNotEquals(figures.get("nats"), train.get("nats"));
        assertTrue(train.get("nats_deviation_of_repeats").doubleValue() > 0, train::toString);
        Cli text = Cli.run("likelihood", "--run", run, "--n", 2, "--tolerance", "1e-2", "--device", "cpu");
        assertTrue(text.out().contains(" nats (standard error ") && text.out().contains("test examples 1 to 2 of swiss-roll")
                && text.out().contains("from t = 1.00e-05, tolerance 0.0100, divergence exact"), text.out());
        assertFalse(text.out().contains("bits/dim"), text.out());
    }

    @Test
    void inputThatIsWrong() {
        Path run = Cli.pointsRun(folder);
        Cli.refused(List.of("likelihood"), "--run");
        Cli.refused(List.of("likelihood", "--run", folder), "not a run");
        Cli.refused(List.of("likelihood", "--run", run, "--n", 0), "--n 0");
        Cli.refused(List.of("likelihood", "--run", run, "--n", 10_001), "--n 10001: give a number from 1 to 10000");
        Cli.refused(List.of("likelihood", "--run", run, "--repeats", 0), "--repeats 0");
        Cli.refused(List.of("likelihood", "--run", run, "--repeats", 3), "--repeats 3", "the same each time");
        Cli.refused(List.of("likelihood", "--run", run, "--tolerance", "0"), "--tolerance 0.0");
        Cli.refused(List.of("likelihood", "--run", run, "--tolerance", "1e-9", "--device", "cpu"), "float32 resolves no less than 1.0E-6", "--device reference");
        Cli.refused(List.of("likelihood", "--run", run, "--probe", "sphere"), "--probe");
        Cli.refused(List.of("likelihood", "--run", run, "--split", "all"), "--split");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "rk45", "--steps", 5), "--steps", "chooses its steps itself");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "rk45", "--tolerance", "2"), "--tolerance 2.0");
        Cli.refused(List.of("sample", "--run", run, "--tolerance", "1e-3"), "--tolerance", "takes no notice");
    }

    @Test
    void samplingWithAToleranceHasNoNumberOfSteps() {
        Path run = Cli.pointsRun(folder);
        JsonNode figures = Cli.figures("sample", "--run", run, "--sampler", "rk45", "--tolerance", "1e-3", "--n", 4, "--device", "cpu");
        assertTrue(figures.get("steps").isNull(), figures::toString);
        assertTrue(figures.get("evaluations").doubleValue() >= 8, figures::toString);
        assertTrue(Cli.figures("sample", "--run", run, "--sampler", "rk45", "--tolerance", "1e-4", "--n", 4, "--device", "cpu").get("evaluations").doubleValue()
                > figures.get("evaluations").doubleValue());
        assertEquals(2, Cli.figures("sample", "--run", run, "--n", 4).get("evaluations").doubleValue(), "a step of em takes one");
    }
}
