package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.cli.Langevin;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs the command line within the test, and makes small runs for it. */
record Cli(int status, String out, String err) {
    /** Points and a tiny network; four steps, with a checkpoint after each. */
    static final String POINTS = """
            data = "swiss-roll"
            network = "mlp"
            [mlp]
            width = 16
            depth = 1
            [optimiser]
            batch = 16
            [run]
            steps = 4
            log-every = 1
            checkpoint-every = 1
            keep = 10
            [sampling]
            sampler = "em"
            steps = 2
            n = 8
            """;

    /** Grey images of 8 x 8 pixels and a tiny U-Net. */
    static final String IMAGES = """
            network = "unet"
            [unet]
            image-size = 8
            base-channels = 8
            channel-mults = [1, 2]
            res-blocks = 1
            time-embedding = 8
            groups = 4
            heads = 2
            [optimiser]
            batch = 4
            learning-rate = 0.1
            warmup-steps = 0
            [run]
            steps = 2
            checkpoint-every = 1
            [sampling]
            sampler = "em"
            steps = 2
            n = 4
            """;

    static Cli run(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        int status = Langevin.run(words, new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Cli(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The figures of a command that must succeed; standard output must hold one JSON object and nothing else. */
    static JsonNode figures(Object... args) {
        Object[] all = new Object[args.length + 1];
        System.arraycopy(args, 0, all, 0, args.length);
        all[args.length] = "--json";
        Cli cli = run(all);
        assertEquals(0, cli.status, cli.err);
        assertEquals(1, cli.out.lines().count(), cli.out);
        try {
            return new ObjectMapper().readTree(cli.out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command must be refused: status 2, nothing on standard output, one line with the given pieces on standard error. */
    static void refused(List<?> args, String... pieces) {
        Cli cli = run(args.toArray());
        cli.mustRefuse(pieces);
        assertEquals(1, cli.err.lines().count(), cli.err);
    }

    /** As {@link #refused}, after lines about the work so far. */
    void mustRefuse(String... pieces) {
        assertEquals(2, status, err);
        assertEquals("", out);
        assertTrue(err.endsWith("\n") && err.startsWith("langevin: ", err.lastIndexOf('\n', err.length() - 2) + 1), err);
        String last = err.lines().reduce((a, b) -> b).orElseThrow();
        for (String piece : pieces) {
            assertTrue(last.contains(piece), last + " lacks " + piece);
        }
        assertFalse(err.contains("\tat "), err);
    }

    static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A finished run of points. */
    static Path pointsRun(Path folder) {
        Path config = write(folder.resolve("points.toml"), POINTS);
        Path run = folder.resolve("points-run");
        Cli cli = run("train", "--config", config, "--out", run);
        assertEquals(0, cli.status, cli.err);
        return run;
    }

    /** A finished run of images, whose data set is 16 pictures made here. */
    static Path imageRun(Path folder) {
        return imageRun(folder, "image-run", IMAGES, 0);
    }

    /** As above, of a name and a configuration, picture i of class i mod K where there are classes. */
    static Path imageRun(Path folder, String name, String toml, int classes) {
        TrainConfig config = TomlConfig.read(write(folder.resolve(name + ".toml"), toml), TrainConfig.class);
        byte[] pixels = new byte[16 * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * 37);
        }
        ImageDataset data = new ImageDataset(pixels, 16, 8, 8, 1);
        if (classes > 0) {
            byte[] labels = new byte[16];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = (byte) (i % classes);
            }
            data = data.labelled(labels, classes);
        }
        Path run = folder.resolve(name);
        try (CpuBackend backend = new CpuBackend()) {
            TrainingRun.create(run, config, data, new Silent()).train(backend, Double.POSITIVE_INFINITY);
        }
        return run;
    }

    private static final class Silent implements TrainingRun.Listener {
        @Override
        public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
        }

        @Override
        public void wrote(Path file) {
        }
    }
}
