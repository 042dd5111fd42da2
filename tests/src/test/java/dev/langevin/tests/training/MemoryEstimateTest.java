package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.training.MemoryEstimate;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.ImageDataset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Memory is known before it is taken, and every preset, those of high resolution too (row D-HIRES), makes a network whose step fits
 * together, which is seen without memory for it.
 */
class MemoryEstimateTest {
    /** To the byte what the CPU backend's pool holds after the same step. */
    @Test
    void isWhatATrainingHolds() {
        TrainConfig config = Presets.named("mnist").withBatch(2);
        Dataset data = blank(config, 8);
        MemoryEstimate estimate = MemoryEstimate.of(config.withSamples(1), data);
        try (CpuBackend backend = new CpuBackend(); Trainer trainer = new Trainer(config, data, backend)) {
            assertEquals(backend.bytesHeld(), estimate.weights());
            trainer.step(1);
            try (Scope scope = Scope.open(backend)) {
                Autograd.noGrad(() -> trainer.averagedScore().score(Tensor.zeros(Shape.of(1, 28, 28, 1)), new double[] {1}));
            }
            assertEquals(backend.bytesHeld(), estimate.weights() + estimate.work());
            assertTrue(estimate.weights() >= 4 * Float.BYTES * trainer.parameterCount());
        }
        assertEquals(8 * 28 * 28, estimate.data());
        estimate.check(estimate.total());
        InputException refused = assertThrows(InputException.class, () -> estimate.check(estimate.total() - 1));
        assertTrue(refused.getMessage().contains("micro-batches") && !refused.getMessage().contains("\n"), refused.getMessage());
    }

    /** A batch in parts takes the memory of a part: the same for 4 and for 16 of them, but for the batch itself (R-BATCH). */
    @Test
    void partsOfABatchTakeTurns() {
        TrainConfig config = Presets.named("mnist").withSamples(1);
        long four = MemoryEstimate.of(parts(config, 4), blank(config, 1)).work();
        long sixteen = MemoryEstimate.of(parts(config, 16), blank(config, 1)).work();
        assertEquals(four, sixteen, 4096);
    }

    private static TrainConfig parts(TrainConfig config, int parts) {
        OptimiserConfig o = config.optimiser();
        return config.withOptimiser(new OptimiserConfig(parts, parts, o.learningRate(), o.warmupSteps(), o.lastLearningRate(), o.beta1(), o.beta2(), o.eps(),
                o.weightDecay(), o.clip(), o.emaDecay()));
    }

    static List<String> presets() {
        return Presets.NAMES;
    }

    @ParameterizedTest
    @MethodSource("presets")
    void everyPresetFitsTogether(String preset) {
        TrainConfig config = Presets.named(preset);
        Dataset data = config.exampleShape().length == 3 ? blank(config, 1) : Datasets.open(config.data(), null, 1, line -> { });
        config.check(data);
        assertTrue(MemoryEstimate.of(config, data).work() > 0);
    }

    /** The authors' noise, for images in [0, 1], SNR and moving average, each in its own configuration; AFHQ's are our own. */
    @ParameterizedTest
    @CsvSource({"celeba-hq-256, 348, 0.075, 0.999", "lsun-church-256, 380, 0.075, 0.999", "ffhq-1024, 1348, 0.15, 0.9999"})
    void settingsOfHighResolution(String preset, double noise, double snr, double ema) {
        TrainConfig config = Presets.named(preset);
        assertEquals(2 * noise, config.sde().build().sigma(1), 1e-9 * noise);
        assertEquals(SamplerSettings.usual().withSnr(snr), config.sampling().settings());
        assertEquals(ema, config.optimiser().emaDecay());
        assertEquals(2000, config.sampling().steps());
    }

    private static Dataset blank(TrainConfig config, int size) {
        int[] shape = config.exampleShape();
        ImageDataset images = new ImageDataset(new byte[size * shape[0] * shape[1] * shape[2]], size, shape[0], shape[1], shape[2]);
        return config.classes() == 0 ? images : images.labelled(new byte[size], config.classes());
    }
}
