package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.score.Probe;
import dev.langevin.tests.training.TinyRuns;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.config.DensityConfig;
import dev.langevin.training.config.ObjectiveConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.Times;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rows P-ENG, R-FP16: the trainer on CUDA, whose steps are captured once and replayed: it follows the CPU's, gives the same bits
 * twice and after a stop, and notices what is not finite.
 */
class TrainingCudaTest {
    private static final int STEPS = 5;
    /** As in TrainingStepTest: either backend is within 1e-5 of what double gives. */
    private static final double FLOAT32 = 2e-5;
    private static final double BFLOAT16 = 0x1p-8;

    /** With so large an eps, a step is no steeper in the gradient than rate / eps. */
    private static TrainConfig smooth(String network, int microBatches) {
        TrainConfig c = TinyRuns.config(network, microBatches, 1e-2, 24).withBatch(4);
        OptimiserConfig o = c.optimiser();
        return c.withOptimiser(new OptimiserConfig(o.batch(), o.microBatches(), o.learningRate(), o.warmupSteps(), o.lastLearningRate(), o.beta1(),
                o.beta2(), 0.1, o.weightDecay(), o.clip(), o.emaDecay()));
    }

    private static Dataset examples(TrainConfig config) {
        return config.classes() == 0 ? TinyRuns.data(config.network()) : TinyRuns.labelled(config.classes());
    }

    private static List<Trainer.StepResult> run(TrainConfig config, Backend backend, Runnable watch) {
        List<Trainer.StepResult> results = new ArrayList<>();
        try (Trainer trainer = new Trainer(config, examples(config), backend)) {
            watch.run();
            for (int step = 1; step <= STEPS; step++) {
                results.add(trainer.step(step));
                watch.run();
            }
        }
        return results;
    }

    private static List<Trainer.StepResult> onCpu(TrainConfig config) {
        try (CpuBackend cpu = new CpuBackend()) {
            return run(config, cpu, () -> { });
        }
    }

    /** The first step is as written, the second is captured, the others are replayed. */
    private static List<Trainer.StepResult> onCuda(TrainConfig config, Precision precision) {
        WatchedRuntime watched = new WatchedRuntime();
        List<WatchedRuntime.Work> work = new ArrayList<>();
        try (CudaBackend cuda = watched.backend(precision)) {
            List<Trainer.StepResult> results = run(config, cuda, () -> work.add(watched.take()));
            assertTrue(work.get(1).launches() > 0 && work.get(1).replays() == 0, work.get(1).toString());
            assertEquals(1, work.get(2).captures());
            for (int k = 3; k <= STEPS; k++) {
                assertTrue(work.get(k).isReplay(), "step " + k + ": " + work.get(k));
            }
            return results;
        }
    }

    /**
     * Weights that differ by as much as a gradient does times rate / eps = 0.1 a step change the next loss by less than
     * the bound of one step; so each step's bound is added once.
     */
    @ParameterizedTest
    @CsvSource({"mlp, 1", "mlp, 2", "unet, 2", "lenet, 1"})
    void followsTheCpu(String network, int microBatches) {
        TrainConfig config = smooth(network, microBatches);
        List<Trainer.StepResult> expected = onCpu(config);
        List<Trainer.StepResult> actual = onCuda(config, Precision.FP32);
        for (int k = 0; k < STEPS; k++) {
            double bound = FLOAT32 * (k + 1);
            Trainer.StepResult want = expected.get(k);
            Trainer.StepResult got = actual.get(k);
            assertEquals(want.loss(), got.loss(), bound * want.loss(), "loss of step " + (k + 1));
            assertEquals(want.gradientNorm(), got.gradientNorm(), bound * want.gradientNorm(), "norm of step " + (k + 1));
            assertEquals(want.learningRate(), got.learningRate());
            assertArrayEquals(want.times(), got.times());
            float largest = 0;
            for (float e : want.errors()) {
                largest = Math.max(largest, e);
            }
            assertArrayEquals(want.errors(), got.errors(), (float) (bound * largest), "errors of step " + (k + 1));
        }
        assertFalse(expected.get(0).loss() == expected.get(4).loss());
    }

    /** Objectives whose factors differ from step to step are replayed all the same. */
    @ParameterizedTest
    @CsvSource({"edm, edm, log-normal, true", "v, min-snr, importance, false", "x0, min-snr, ladder, false"})
    void everyObjectiveFollowsTheCpu(String parametrisation, String weighting, String density, boolean antithetic) {
        TrainConfig config = smooth("mlp", 1).withObjective(new ObjectiveConfig("dsm", parametrisation, 0.5, weighting, 5, Times.UNIFORM,
                new DensityConfig(density, -1.2, 1.2, 2), antithetic, Probe.RADEMACHER, 1, 0));
        List<Trainer.StepResult> expected = onCpu(config);
        List<Trainer.StepResult> actual = onCuda(config, Precision.FP32);
        for (int k = 0; k < STEPS; k++) {
            assertEquals(expected.get(k).loss(), actual.get(k).loss(), FLOAT32 * (k + 1) * expected.get(k).loss(), "loss of step " + (k + 1));
        }
    }

    /** As the bound of TrainingStepTest for a loss, of one more step each. */
    @Test
    void followsTheCpuInBFloat16() {
        TrainConfig config = smooth("unet", 1).withBatch(2);
        List<Trainer.StepResult> expected = onCpu(config);
        List<Trainer.StepResult> actual = onCuda(config, Precision.BF16);
        double farthest = 0;
        for (int k = 0; k < STEPS; k++) {
            double share = Math.abs(expected.get(k).loss() - actual.get(k).loss()) / expected.get(k).loss();
            assertTrue(share <= 4 * BFLOAT16 * (k + 1), "loss of step " + (k + 1) + " off by " + share);
            farthest = Math.max(farthest, share);
        }
        assertTrue(farthest > BFLOAT16 / 100, "off by " + farthest + " only: was it computed in bfloat16?");
    }

    private static void assertSameBits(Map<String, Safetensors.Entry> expected, Map<String, Safetensors.Entry> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, entry) -> assertArrayEquals(bits(entry), bits(actual.get(name)), name));
    }

    private static int[] bits(Safetensors.Entry entry) {
        int[] bits = new int[entry.data().length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(entry.data()[i]));
        return bits;
    }

    /** Labels of a batch, some of them dropped, are numbers of a step like its times: a replayed step takes its own. */
    @Test
    void labelsAreReplayed() {
        TrainConfig plain = smooth("unet", 2);
        TrainConfig config = plain.withUnet(TinyRuns.conditional(3, 2).unet()).withObjective(plain.objective().withLabelDropout(0.3));
        List<Trainer.StepResult> expected = onCpu(config);
        List<Trainer.StepResult> untold = onCpu(config.withObjective(plain.objective().withLabelDropout(1)));
        List<Trainer.StepResult> actual = onCuda(config, Precision.FP32);
        for (int k = 0; k < STEPS; k++) {
            double bound = FLOAT32 * (k + 1) * expected.get(k).loss();
            assertEquals(expected.get(k).loss(), actual.get(k).loss(), bound, "loss of step " + (k + 1));
            double norm = expected.get(k).gradientNorm();
            assertEquals(norm, actual.get(k).gradientNorm(), FLOAT32 * (k + 1) * norm, "norm of step " + (k + 1));
            assertTrue(Math.abs(untold.get(k).gradientNorm() - norm) > 5 * FLOAT32 * (k + 1) * norm, "labels do not show in step " + (k + 1));
        }
    }

    /** Whether a step was run as written, captured or replayed changes no bit of what comes out. */
    @ParameterizedTest
    @CsvSource({"mlp, FP32", "unet, BF16"})
    void savedAndRestoredIsUnbroken(String network, Precision precision) {
        TrainConfig config = TinyRuns.config(network, 2, 1e-3, 24).withBatch(2);
        try (CudaBackend cuda = CudaBackend.emulated(precision)) {
            Map<String, Safetensors.Entry> third = null;
            Map<String, Safetensors.Entry> last;
            double loss = 0;
            try (Trainer trainer = new Trainer(config, TinyRuns.data(network), cuda)) {
                for (int step = 1; step <= STEPS; step++) {
                    loss = trainer.step(step).loss();
                    third = step == 3 ? trainer.state(step) : third;
                }
                last = trainer.state(STEPS);
                // Back to the third step: what is in weights and averages now is not what the graph left there.
                trainer.restore(third, "test");
                trainer.step(4);
                assertEquals(loss, trainer.step(5).loss());
                assertSameBits(last, trainer.state(STEPS));
            }
            try (Trainer trainer = new Trainer(config, TinyRuns.data(network), cuda)) {
                trainer.restore(third, "test");
                assertSameBits(third, trainer.state(3));
                trainer.step(4);
                assertEquals(loss, trainer.step(5).loss());
                assertSameBits(last, trainer.state(STEPS));
            }
        }
    }

    /** Examples that are sound until {@link #spoil}. */
    private static final class Spoilt implements Dataset {
        private final Dataset sound;
        private boolean spoilt;

        Spoilt(Dataset sound) {
            this.sound = sound;
        }

        void spoil() {
            spoilt = true;
        }

        @Override
        public int size() {
            return sound.size();
        }

        @Override
        public int[] exampleShape() {
            return sound.exampleShape();
        }

        @Override
        public void copy(int index, float[] into, int offset) {
            sound.copy(index, into, offset);
            into[offset] = spoilt ? Float.POSITIVE_INFINITY : into[offset];
        }
    }

    @Test
    void aReplayedStepThatIsNotFiniteIsReportedAndChangesNothing() {
        Spoilt data = new Spoilt(TinyRuns.data("mlp"));
        WatchedRuntime watched = new WatchedRuntime();
        try (CudaBackend cuda = watched.backend(Precision.FP32); Trainer trainer = new Trainer(TinyRuns.config("mlp"), data, cuda)) {
            for (int step = 1; step <= 3; step++) {
                trainer.step(step);
            }
            data.spoil(); // the numbers of step 4 are prepared already
            trainer.step(4);
            Map<String, Safetensors.Entry> before = trainer.state(4);
            watched.take();
            InputException e = assertThrows(InputException.class, () -> trainer.step(5));
            assertEquals(1, watched.take().replays());
            assertTrue(e.getMessage().startsWith("training stopped at step 5: the first tensor that is not finite is ")
                    && e.getMessage().contains("made by perturb"), e.getMessage());
            assertSameBits(before, trainer.state(4));
        }
    }

    /** After the first replay a step takes no memory of the device, and none of the backend. */
    @Test
    void memoryStaysFlat() {
        WatchedRuntime watched = new WatchedRuntime();
        try (CudaBackend cuda = watched.backend(Precision.FP32);
                Trainer trainer = new Trainer(TinyRuns.config("mlp"), TinyRuns.data("mlp"), cuda)) {
            for (int step = 1; step <= 3; step++) {
                trainer.step(step);
            }
            watched.take();
            long held = cuda.bytesHeld();
            long[] memory = cuda.runtime().memory();
            for (int step = 4; step <= 60; step++) {
                trainer.step(step);
                assertTrue(watched.take().isReplay(), "step " + step);
                assertEquals(held, cuda.bytesHeld(), "step " + step);
                assertArrayEquals(memory, cuda.runtime().memory(), "step " + step);
            }
        }
    }
}
