package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.sampling.Samplers;
import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.training.Presets;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each command leaves behind, and the figures that scripts rely on (rows R-CKPT, V-GRID, V-PROC, A-DENOISE, U-DEMO). */
class ResultsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"train", "sample", "denoise", "likelihood", "verify", "devices", "bench", "data"})
    void helpHasAnExample(String command) {
        Cli cli = Cli.run(command, "--help");
        assertEquals(0, cli.status());
        assertTrue(cli.out().contains("Usage: langevin " + command) && cli.out().contains("Example"), cli.out());
        assertEquals("", cli.err());
        assertTrue(Cli.run().out().contains("  " + command));
    }

    /** A sampler or preset that is added stands in the help without another edit. */
    @Test
    void helpNamesWhatThereIs() {
        for (String command : List.of("sample", "verify")) {
            String help = Cli.run(command, "--help").out();
            Samplers.names().forEach(name -> assertTrue(help.contains(" " + name + ",") || help.contains(" " + name + ".") || help.contains(" " + name + ";"), name));
        }
        for (String command : List.of("train", "bench")) {
            String help = Cli.run(command, "--help").out();
            Presets.NAMES.forEach(name -> assertTrue(help.contains(" " + name + ",") || help.contains(" " + name + "."), name));
        }
    }

    @Test
    void verify() {
        JsonNode rows = Cli.figures("verify", "--sampler", "ode-heun").get("rows");
        assertEquals(12, rows.size(), "three SDEs with three fixtures and an order each");
        for (JsonNode row : rows) {
            List<String> names = new ArrayList<>();
            row.fieldNames().forEachRemaining(names::add);
            assertEquals(List.of("solver", "sde", "fixture", "error", "tolerance", "passed"), names);
            assertEquals("ode-heun", row.get("solver").textValue());
            assertTrue(row.get("error").doubleValue() <= row.get("tolerance").doubleValue() && row.get("passed").booleanValue(), row::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"train-step", "forward"})
    void benchOfANetwork(String what) {
        JsonNode figures = Cli.figures("bench", what, "--preset", "swiss-roll", "--batch", 32, "--threads", 1, "--seconds", 0.05, "--device", "cpu");
        assertEquals("swiss-roll", figures.get("preset").textValue());
        assertEquals(32, figures.get("batch").intValue());
        assertEquals(1, figures.get("threads").intValue());
        assertEquals("cpu", figures.get("device").textValue());
        assertEquals(116_226, figures.get("parameters").intValue());
        double milliseconds = figures.get("ms_median").doubleValue();
        assertEquals(32 / (milliseconds * 1e-3), figures.get("images_per_second").doubleValue(), 1e-6 * 32 / (milliseconds * 1e-3));
        assertTrue(figures.get("repeats").intValue() >= 3);
        assertTrue(figures.get("bytes_allocated").doubleValue() > 0, "each call makes tensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv-32", "conv-stride2", "conv1x1", "conv-transpose", "groupnorm-silu", "attention", "gemm"})
    void benchOfAnOp(String op) {
        for (String[] extra : new String[][] {{}, {"--backward"}}) {
            List<Object> args = new ArrayList<>(List.of("bench", op, "--batch", 1, "--seconds", 0.01));
            args.addAll(List.of(extra));
            JsonNode figures = Cli.figures(args.toArray());
            assertTrue(figures.get("ms_median").doubleValue() > 0 && figures.get("images_per_second").doubleValue() > 0, figures::toString);
            assertEquals(extra.length == 1, figures.get("backward").booleanValue());
        }
    }

    /** The rows make up the step: shapes to ops, ops and what is outside of kernels to the whole. */
    @Test
    void profileOfATrainingStep() {
        JsonNode figures = Cli.figures("bench", "train-step", "--preset", "swiss-roll", "--batch", 32, "--seconds", 0.05, "--device", "cpu", "--profile");
        JsonNode profile = figures.get("profile");
        double whole = profile.get("ms").doubleValue();
        double kernels = sum(profile.get("by_op"), "ms");
        assertEquals(whole, kernels + profile.get("ms_outside_of_kernels").doubleValue(), 1e-9 * whole);
        assertTrue(kernels > 0 && kernels < whole, () -> kernels + " ms in kernels of " + whole);
        for (String figure : List.of("ms", "calls", "gflop", "megabytes", "bytes_allocated")) {
            double ops = sum(profile.get("by_op"), figure);
            assertEquals(ops, sum(profile.get("by_shape"), figure), 1e-9 * ops, figure);
        }
        JsonNode linear = row(profile, "linear", "32x128 128x128 128 -> 32x128");
        assertEquals(linear.get("calls").doubleValue() * 2 * 32 * 128 * 128 * 1e-9, linear.get("gflop").doubleValue(), 1e-12);
        assertEquals(linear.get("calls").doubleValue() * 4e-6 * (2 * 32 * 128 + 128 * 128 + 128), linear.get("megabytes").doubleValue(), 1e-9);
        String text = Cli.run("bench", "conv-32", "--batch", 1, "--backward", "--seconds", 0.01, "--device", "cpu", "--profile").out();
        assertTrue(text.contains("KiB allocated a call") && text.contains("\nconv2dWeight ") && text.contains("\noutside of kernels "), text);
    }

    /** Each pass of a convolution names its kernel; an op that has one way is not listed. */
    @Test
    void choicesOfKernelsAreExplained() {
        JsonNode choices = Cli.figures("bench", "conv-32", "--batch", 1, "--backward", "--seconds", 0.01, "--device", "cpu", "--explain").get("choices");
        assertEquals(3, choices.size(), choices.toString());
        for (JsonNode choice : choices) {
            assertTrue(choice.get("choice").textValue().contains("1764 products a pair of channels instead of 7056, 4.00 x fewer"), choice.toString());
        }
        String text = Cli.run("bench", "gemm", "--seconds", 0.01, "--device", "cpu", "--explain").out();
        assertTrue(text.contains("Every kernel has one way to compute."), text);
    }

    private static double sum(JsonNode rows, String figure) {
        double sum = 0;
        for (JsonNode row : rows) {
            sum += row.get(figure).doubleValue();
        }
        return sum;
    }

    private static JsonNode row(JsonNode profile, String op, String shapes) {
        for (JsonNode row : profile.get("by_shape")) {
            if (row.get("op").textValue().equals(op) && row.get("shapes").textValue().equals(shapes)) {
                return row;
            }
        }
        return fail("no row " + op + " " + shapes);
    }

    @Test
    void devicesAndDataSets() {
        JsonNode devices = Cli.figures("devices").get("devices");
        assertEquals("cpu", devices.get(0).get("name").textValue());
        assertTrue(devices.get(0).get("available").booleanValue());
        assertEquals(NativeLibraries.here().missing().isEmpty(), devices.get(2).get("available").booleanValue());
        assertEquals(4, devices.get(2).get("libraries").size());
        assertTrue(Cli.figures("data", "--list").get("data_sets").toString().contains("\"mnist\""));
        assertEquals(50_000, Cli.figures("data", "two-moons").get("train").intValue());
    }

    @Test
    void aTrainingRun() throws IOException {
        Path config = Cli.write(folder.resolve("points.toml"), Cli.POINTS);
        Path run = folder.resolve("runs/first");
        JsonNode figures = Cli.figures("train", "--config", config, "--out", run, "--steps", 3, "--seed", 7, "--checkpoint-every", 2,
                "--threads", 1);
        assertEquals(3, figures.get("steps").intValue());
        assertEquals(run.toString(), figures.get("run").textValue());
        assertEquals(1, figures.get("threads").intValue());
        assertTrue(figures.get("loss").doubleValue() > 0 && figures.get("images_per_second").doubleValue() > 0
                && figures.get("seconds").doubleValue() > 0 && figures.get("parameters").intValue() > 0, figures::toString);
        assertTrue(Files.isRegularFile(Path.of(figures.get("sample").textValue())));
        String written = Files.readString(run.resolve("config.toml"));
        assertTrue(written.contains("steps = 3\n") && written.contains("seed = 7\n") && written.contains("checkpoint-every = 2\n"), written);
        assertTrue(Files.exists(run.resolve("checkpoints/step-00000002.safetensors")));
    }

    @Test
    void aResumedRunEndsWithTheSameBits() throws IOException {
        Path run = Cli.pointsRun(folder);
        Path last = run.resolve("checkpoints/step-00000004.safetensors");
        byte[] unbroken = Files.readAllBytes(last);
        byte[] picture = Files.readAllBytes(run.resolve("samples/step-000004.png"));
        Files.delete(last);
        Files.delete(run.resolve("checkpoints/step-00000003.safetensors"));
        Files.delete(run.resolve("samples/step-000004.png"));
        assertEquals(4, Cli.figures("train", "--resume", run).get("steps").intValue());
        assertArrayEquals(unbroken, Files.readAllBytes(last));
        assertArrayEquals(picture, Files.readAllBytes(run.resolve("samples/step-000004.png")));
        assertTrue(Cli.run("train", "--resume", run).out().contains("all 4 steps were done before"));
    }

    @Test
    void samplesOfImages() throws IOException {
        Path run = Cli.imageRun(folder);
        Path grid = folder.resolve("new/grid.png");
        Path strip = folder.resolve("strip.png");
        JsonNode figures = Cli.figures("sample", "--run", run, "--n", 10, "--sampler", "pc", "--steps", 3, "--seed", 5, "--out", grid,
                "--strip", strip);
        assertEquals(10, figures.get("n").intValue());
        assertEquals("pc", figures.get("sampler").textValue());
        assertEquals(2, figures.get("training_steps").intValue());
        assertEquals(2 + 4 * (8 + 2), ImageIO.read(grid.toFile()).getWidth(), "ten images in four columns, frames of two");
        assertTrue(ImageIO.read(strip.toFile()).getWidth() > 4 * 56, "the start and each of three steps");

        // The strip's examples are drawn apart from the rest, which must not show.
        Path again = folder.resolve("again.png");
        Cli.figures("sample", "--run", run, "--n", 10, "--sampler", "pc", "--steps", 3, "--seed", 5, "--out", again);
        assertArrayEquals(Files.readAllBytes(grid), Files.readAllBytes(again));
        Cli.figures("sample", "--run", run, "--n", 10, "--sampler", "pc", "--steps", 3, "--seed", 5, "--out", again, "--weights", "model");
        assertFalse(Arrays.equals(Files.readAllBytes(grid), Files.readAllBytes(again)));
    }

    /** The usual values give the usual picture, others another one. */
    @Test
    void theCorrectorsOptionsReachIt() throws IOException {
        Path run = Cli.imageRun(folder);
        Path usual = corrected(run, "usual");
        assertArrayEquals(Files.readAllBytes(usual), Files.readAllBytes(corrected(run, "same", "--snr", 0.16, "--corrector-steps", 1)));
        byte[] ratio = Files.readAllBytes(corrected(run, "ratio", "--snr", 0.3));
        byte[] steps = Files.readAllBytes(corrected(run, "steps", "--corrector-steps", 2));
        assertFalse(Arrays.equals(Files.readAllBytes(usual), ratio) || Arrays.equals(Files.readAllBytes(usual), steps)
                || Arrays.equals(ratio, steps));
    }

    /** Each option changes the picture that its solver makes. */
    @Test
    void theSolversOptionsReachThem() throws IOException {
        Path run = Cli.imageRun(folder);
        for (List<Object> options : List.<List<Object>>of(List.of("ddim", "--eta", 0.5),
                List.of("edm", "--churn", "20,0.5,1000,1.01"), List.of("unipc", "--threshold", 50))) {
            Path plain = folder.resolve("plain.png");
            Path told = folder.resolve("told.png");
            Cli.figures("sample", "--run", run, "--sampler", options.get(0), "--steps", 4, "--out", plain);
            Cli.figures("sample", "--run", run, "--sampler", options.get(0), "--steps", 4, "--out", told, options.get(1), options.get(2));
            assertFalse(Arrays.equals(Files.readAllBytes(plain), Files.readAllBytes(told)), options.toString());
        }
    }

    private Path corrected(Path run, String name, Object... extra) {
        Path out = folder.resolve(name + ".png");
        List<Object> args = new ArrayList<>(List.of("sample", "--run", run, "--sampler", "pc", "--steps", 3, "--out", out));
        args.addAll(List.of(extra));
        Cli.figures(args.toArray());
        return out;
    }

    @Test
    void denoisedImages() throws IOException {
        Path run = Cli.imageRun(folder);
        Path image = folder.resolve("image.png");
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "png", image.toFile());
        Path out = folder.resolve("denoised.png");
        JsonNode figures = Cli.figures("denoise", "--run", run, "--image", image, "--sigma", 0.5, "--out", out);
        assertEquals(0.5, figures.get("sigma").doubleValue(), 1e-9);
        assertEquals(8, ImageIO.read(out.toFile()).getWidth());
    }
}
