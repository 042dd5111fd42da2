package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.model.io.Safetensors;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.config.MlpConfig;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.CsvLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows R-BATCH, R-CKPT, R-EMA, Q-LOSSBIN: training is a function of configuration, data and step; what the log says. */
class TrainerTest {
    private static final int STEPS = 6;

    @TempDir
    private Path folder;
    private final CpuBackend backend = new CpuBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    private Trainer trainer(TrainConfig config) {
        return new Trainer(config, TinyRuns.data(config.network()), backend);
    }

    private Map<String, Safetensors.Entry> after(TrainConfig config, int steps) {
        try (Trainer trainer = trainer(config)) {
            for (int step = 1; step <= steps; step++) {
                trainer.step(step);
            }
            return trainer.state(steps);
        }
    }

    private static void assertSameBits(Map<String, Safetensors.Entry> expected, Map<String, Safetensors.Entry> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, entry) -> {
            for (int i = 0; i < entry.data().length; i++) {
                assertEquals(Float.floatToRawIntBits(entry.data()[i]), Float.floatToRawIntBits(actual.get(name).data()[i]), name + "[" + i + "]");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "unet", "cnn", "ncsn", "lenet"})
    void sameBitsForEveryNumberOfThreads(String network) {
        int before = Parallel.threads();
        try {
            Parallel.setThreads(1);
            Map<String, Safetensors.Entry> one = after(TinyRuns.config(network), STEPS);
            for (int threads : new int[] {1, 2, 3}) {
                Parallel.setThreads(threads);
                assertSameBits(one, after(TinyRuns.config(network), STEPS));
            }
        } finally {
            Parallel.setThreads(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "unet", "cnn", "ncsn", "lenet"})
    void savedAndRestoredIsUnbroken(String network) {
        TrainConfig config = TinyRuns.config(network);
        Map<String, Safetensors.Entry> half = after(config, STEPS / 2);
        Map<String, Safetensors.Entry> whole = after(config, STEPS);
        String first = network.equals("lenet") ? "model.conv.0.weight" : "model.time_emb.mlp.0.weight";
        assertTrue(!java.util.Arrays.equals(half.get(first).data(), whole.get(first).data()));
        try (Trainer trainer = trainer(config)) {
            trainer.step(1); // to be overwritten
            trainer.restore(half, "test");
            assertSameBits(half, trainer.state(STEPS / 2));
            for (int step = STEPS / 2 + 1; step <= STEPS; step++) {
                trainer.step(step);
            }
            assertSameBits(whole, trainer.state(STEPS));
        }
    }

    /** The gradient, seen as (1 - b1) g in Adam's first moment, and the loss; to 1e-5 of the largest. */
    @ParameterizedTest
    @ValueSource(strings = {"mlp", "unet", "lenet"})
    void microBatchesAreOneBatch(String network) {
        double[] loss = new double[3];
        double[] norm = new double[3];
        List<Map<String, Safetensors.Entry>> states = new ArrayList<>();
        double[] times = {};
        int[] parts = {1, 3, 6};
        for (int i = 0; i < parts.length; i++) {
            try (Trainer trainer = trainer(TinyRuns.config(network, parts[i], 1e-3, 60))) {
                Trainer.StepResult result = trainer.step(1);
                loss[i] = result.loss();
                norm[i] = result.gradientNorm();
                assertEquals(6, result.errors().length);
                times = i == 0 ? result.times() : times;
                assertArrayEquals(times, result.times());
                states.add(trainer.state(1));
            }
        }
        for (int i = 1; i < parts.length; i++) {
            assertEquals(loss[0], loss[i], 1e-5 * loss[0]);
            assertEquals(norm[0], norm[i], 1e-5 * norm[0]);
            Map<String, Safetensors.Entry> split = states.get(i);
            double largest = 0;
            for (Map.Entry<String, Safetensors.Entry> e : states.getFirst().entrySet()) {
                for (float v : e.getValue().data()) {
                    largest = e.getKey().startsWith("adam.m.") ? Math.max(largest, Math.abs(v)) : largest;
                }
            }
            double bound = 1e-5 * largest;
            assertTrue(largest > 0);
            states.getFirst().forEach((name, entry) -> {
                if (name.startsWith("adam.m.")) {
                    for (int k = 0; k < entry.data().length; k++) {
                        assertEquals(entry.data()[k], split.get(name).data()[k], bound, name + "[" + k + "]");
                    }
                }
            });
        }
    }

    @Test
    void lossFalls() {
        TrainConfig config = TinyRuns.config("mlp", 1, 5e-3, 400);
        try (Trainer trainer = trainer(config)) {
            double first = 0;
            double last = 0;
            for (int step = 1; step <= 400; step++) {
                double loss = trainer.step(step).loss();
                first += step <= 40 ? loss / 40 : 0;
                last += step > 360 ? loss / 40 : 0;
            }
            assertTrue(last < 0.75 * first, first + " -> " + last);
        }
    }

    /** The log's columns are means of what the steps reported, over the steps since the last row. */
    @Test
    void logHoldsTheErrorOfEachIntervalOfTime() {
        List<Trainer.StepResult> results = new ArrayList<>();
        TrainConfig tiny = TinyRuns.config("mlp");
        TrainConfig config = tiny.withRun(new RunConfig(10, 4, 5, 2, 0));
        List<Path> written = new ArrayList<>();
        TrainingRun.create(folder.resolve("run"), config, TinyRuns.data("mlp"), new TrainingRun.Listener() {
            @Override
            public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
                assertEquals(10, steps);
                assertTrue(imagesPerSecond > 0);
                results.add(result);
            }

            @Override
            public void wrote(Path file) {
                assertTrue(Files.exists(file), file.toString());
                written.add(file.getFileName());
            }
        }).train(backend, Double.POSITIVE_INFINITY);
        assertEquals(List.of("step-00000005.safetensors", "step-00000010.safetensors", "step-000010.png", "loss.png"),
                written.stream().map(Path::toString).toList());
        CsvLog.Table log = CsvLog.read(folder.resolve("run/log.csv"));
        assertArrayEquals(new double[] {4, 5, 8, 10}, log.column("step"), "every fourth step, and the checkpoints");
        int[] from = {0, 4, 5, 8};
        for (int row = 0; row < 4; row++) {
            List<Trainer.StepResult> window = results.subList(from[row], (int) log.column("step")[row]);
            assertEquals(window.stream().mapToDouble(Trainer.StepResult::loss).average().orElseThrow(), log.column("loss")[row], 1e-12);
            int filled = 0;
            assertEquals(window.getLast().gradientNorm(), log.column("gradient_norm")[row]);
            assertEquals(window.getLast().learningRate(), log.column("learning_rate")[row]);
            for (int bin = 0; bin < 10; bin++) {
                double sum = 0;
                int count = 0;
                for (Trainer.StepResult r : window) {
                    for (int i = 0; i < r.times().length; i++) {
                        if (r.times()[i] >= bin / 10.0 && r.times()[i] < (bin + 1) / 10.0) {
                            sum += r.errors()[i];
                            count++;
                        }
                    }
                }
                filled += count > 0 ? 1 : 0;
                assertEquals(count > 0 ? sum / count : Double.NaN, log.column("error_t_0." + bin)[row], 1e-9);
            }
            assertTrue(filled > 5, "stratified times reach most intervals");
        }
    }

    /** With lambda = s^2 the loss is the mean of the errors of the noise prediction. */
    @Test
    void lossIsTheMeanError() {
        try (Trainer trainer = trainer(TinyRuns.config("mlp"))) {
            Trainer.StepResult r = trainer.step(1);
            double mean = 0;
            for (float e : r.errors()) {
                mean += e / (double) r.errors().length;
            }
            assertEquals(mean, r.loss(), 1e-5 * mean);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "unet"})
    void aLossThatIsNotFiniteStopsTheRunAndSparesTheCheckpoint(String network) throws IOException {
        TrainConfig tiny = TinyRuns.config(network, 1, 1e30, 60);
        TrainConfig config = tiny.withRun(new RunConfig(60, 1, 1, 2, 0));
        Path root = folder.resolve("run");
        TrainingRun run = TrainingRun.create(root, config, TinyRuns.data(network), TinyRuns.SILENT);
        InputException e = assertThrows(InputException.class, () -> run.train(backend, Double.POSITIVE_INFINITY));
        assertTrue(e.getMessage().matches("training stopped at step \\d+: the first tensor that is not finite is .*(tensor|weight|gradient|model|ema|adam).*")
                && e.getMessage().contains("learning-rate") && e.getMessage().lines().count() == 1, e.getMessage());
        Checkpoints checkpoints = new Checkpoints(root.resolve("checkpoints"), 2);
        for (Path file : checkpoints.list()) {
            Checkpoints.read(file).tensors().forEach((name, entry) -> {
                for (float v : entry.data()) {
                    assertTrue(Float.isFinite(v), name);
                }
            });
        }
        assertTrue(Files.exists(root.resolve("log.csv")));
    }

    /** What a killed run left half written is gone after the next start. */
    @Test
    void unfinishedFilesAreRemoved() throws IOException {
        Path root = folder.resolve("run");
        TrainConfig config = TinyRuns.config("mlp", 1, 1e-3, 3);
        TrainingRun.create(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        Path unfinished = Files.write(root.resolve("checkpoints/step-00000006.safetensors.tmp"), new byte[10]);
        TrainingRun.resume(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        assertTrue(Files.notExists(unfinished));
        assertEquals(2, new Checkpoints(root.resolve("checkpoints"), 2).list().size(), "of steps 2 and 3");
    }

    /** A run that was killed behind a checkpoint, before the sample grid of that step, makes it up; one that is whole is left alone. */
    @Test
    void aMissingSampleGridIsDrawnWhenTheRunGoesOn() throws IOException {
        Path root = folder.resolve("run");
        TrainConfig config = TinyRuns.config("mlp", 1, 1e-3, 3);
        TrainingRun.create(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        Path grid = root.resolve("samples/step-000003.png");
        byte[] drawn = Files.readAllBytes(grid);
        Files.delete(grid);
        TrainingRun.resume(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        assertArrayEquals(drawn, Files.readAllBytes(grid));
        Files.write(grid, new byte[1]);
        TrainingRun.resume(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        assertEquals(1, Files.size(grid));
    }

    /** Rows of the log are means over the same steps, wherever the run was stopped. */
    @Test
    void aResumedRunsLogIsThatOfAnUnbrokenOne() throws IOException {
        TrainConfig tiny = TinyRuns.config("mlp");
        TrainConfig config = tiny.withRun(new RunConfig(10, 4, 5, 9, 0));
        Path root = folder.resolve("run");
        TrainingRun.create(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        double[] unbroken = CsvLog.read(root.resolve("log.csv")).column("loss");
        Files.delete(root.resolve("checkpoints/step-00000010.safetensors"));
        TrainingRun.resume(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        assertArrayEquals(unbroken, CsvLog.read(root.resolve("log.csv")).column("loss"));
    }

    /** The log is no part of a run's state: without it a sound run goes on, to the same weights. */
    @Test
    void aRunWhoseLogIsGoneGoesOn() throws IOException {
        Path root = folder.resolve("run");
        TrainConfig config = TinyRuns.config("mlp", 1, 1e-3, 4);
        TrainingRun.create(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        Path last = root.resolve("checkpoints/step-00000004.safetensors");
        byte[] unbroken = Files.readAllBytes(last);
        Files.delete(last);
        Files.delete(root.resolve("log.csv"));
        TrainingRun.resume(root, config, TinyRuns.data("mlp"), TinyRuns.SILENT).train(backend, Double.POSITIVE_INFINITY);
        assertArrayEquals(unbroken, Files.readAllBytes(last));
        assertArrayEquals(new double[] {3, 4}, CsvLog.read(root.resolve("log.csv")).column("step"));
    }

    /** The reason to split a batch at all. */
    @Test
    void microBatchesTakeLessMemory() {
        long[] bytes = new long[2];
        int[] parts = {1, 6};
        for (int i = 0; i < 2; i++) {
            try (CpuBackend own = new CpuBackend();
                    Trainer trainer = new Trainer(TinyRuns.config("unet", parts[i], 1e-3, 60).withBatch(96), TinyRuns.data("unet"), own)) {
                trainer.step(1);
                bytes[i] = own.bytesHeld();
            }
        }
        assertTrue(bytes[1] < bytes[0] / 3, bytes[0] + " -> " + bytes[1]);
    }

    /** A network that cannot be built leaves no scope open behind it. */
    @Test
    void aTrainerThatCannotBeMadeLeavesTheScopesAsTheyWere() {
        try (Scope scope = Scope.open(backend)) {
            TrainConfig tiny = TinyRuns.config("mlp");
            TrainConfig large = new TrainConfig(tiny.seed(), tiny.data(), tiny.network(), tiny.unet(), new MlpConfig(70_000, 2, 999), tiny.cnn(), tiny.ncsn(),
                    tiny.sde(), tiny.objective(), tiny.optimiser(), tiny.run(), tiny.sampling());
            assertThrows(LangevinException.class, () -> new Trainer(large, TinyRuns.data("mlp"), backend));
            assertSame(scope, Scope.current());
        }
    }
}
