package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.run.CsvLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Row R-CKPT: a run killed with SIGKILL at five moments and resumed each time ends with the bytes of an unbroken run,
 * the weights, averages and optimiser's state, the log and the samples; points and images, on one thread and on two.
 */
class KillAndResumeTest {
    private static final int KILLS = 5;
    /** Steps that a child makes at most before it is killed, so that the last one has some left to do. */
    private static final int MOST_STEPS = 4;
    private static final int MOST_MILLIS = 25;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"mlp, 1", "mlp, 2", "unet, 1", "unet, 2"})
    void sameBytes(String network, int threads) throws IOException, InterruptedException {
        Path killed = folder.resolve("killed");
        Random random = new Random(Objects.hash(network, threads));
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = start(network, killed, threads);
            // The first is killed before there is a checkpoint.
            int steps = kill == 0 ? 1 : 1 + random.nextInt(MOST_STEPS);
            try (BufferedReader out = child.inputReader(); OutputStream in = child.getOutputStream()) {
                for (int i = 0; i < steps; i++) {
                    go(child, out, in);
                }
                TimeUnit.MICROSECONDS.sleep(random.nextInt(1000 * MOST_MILLIS));
                assertTrue(child.isAlive(), "killed before it was done");
                child.destroyForcibly();
                assertEquals(137, child.waitFor(), "exit status after SIGKILL");
            }
        }
        Process last = start(network, killed, threads);
        try (BufferedReader out = last.inputReader(); OutputStream in = last.getOutputStream()) {
            while (go(last, out, in)) {
            }
            assertEquals(0, last.waitFor());
        }
        for (int t : new int[] {1, 2}) {
            Path unbroken = folder.resolve("unbroken" + t);
            train(network, unbroken, t);
            assertSame(unbroken, killed);
        }
    }

    /** Waits for the end of a step and lets the next one begin; false when there is none. */
    private static boolean go(Process child, BufferedReader out, OutputStream in) throws IOException, InterruptedException {
        String step = out.readLine();
        if (step == null) {
            assertEquals(0, child.waitFor(), "the child failed: " + new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
            return false;
        }
        assertTrue(step.matches("\\d+"), step);
        in.write('\n');
        in.flush();
        return true;
    }

    private static Process start(String network, Path folder, int threads) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-Xmx512m", "-XX:+UseSerialGC", "-cp", classPath,
                KilledRun.class.getName(), network, folder.toString(), Integer.toString(threads)).start();
    }

    private static void train(String network, Path folder, int threads) {
        int before = Parallel.threads();
        Parallel.setThreads(threads);
        try (CpuBackend backend = new CpuBackend()) {
            TrainingRun.create(folder, TinyRuns.config(network), TinyRuns.data(network), TinyRuns.SILENT)
                    .train(backend, Double.POSITIVE_INFINITY);
        } finally {
            Parallel.setThreads(before);
        }
    }

    private static void assertSame(Path expected, Path actual) throws IOException {
        for (String part : List.of("checkpoints", "samples")) {
            assertEquals(names(expected.resolve(part)), names(actual.resolve(part)), part);
            for (String name : names(expected.resolve(part))) {
                assertArrayEquals(Files.readAllBytes(expected.resolve(part).resolve(name)),
                        Files.readAllBytes(actual.resolve(part).resolve(name)), name);
            }
        }
        CsvLog.Table want = CsvLog.read(expected.resolve("log.csv"));
        CsvLog.Table got = CsvLog.read(actual.resolve("log.csv"));
        for (String column : want.columns()) {
            if (!column.equals("images_per_second")) {
                assertArrayEquals(want.column(column), got.column(column), column);
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
