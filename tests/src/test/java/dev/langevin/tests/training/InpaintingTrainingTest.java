package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.Denoising;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.config.ObjectiveConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.data.ImageDataset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row A-INP-COND: a network that was trained with random parts of images known fills in images that it has not seen. */
class InpaintingTrainingTest {
    private static final int SIDE = 8;
    private static final int STEPS = 400;

    /** Waves of one length along rows or columns, of any phase: half of an image tells the rest. */
    private static ImageDataset waves(int first, int n) {
        byte[] pixels = new byte[n * SIDE * SIDE];
        for (int i = 0; i < n; i++) {
            boolean across = Philox.uniform(2, 990, first + i, 0, 0) < 0.5;
            double phase = 2 * Math.PI * Philox.uniform(2, 990, first + i, 0, 1);
            for (int k = 0; k < SIDE * SIDE; k++) {
                int along = across ? k % SIDE : k / SIDE;
                pixels[i * SIDE * SIDE + k] = (byte) Math.round(127.5 + 120 * Math.sin(2 * Math.PI * along / SIDE + phase));
            }
        }
        return new ImageDataset(pixels, n, SIDE, SIDE, 1);
    }

    /**
     * Trained for some seconds, the network draws the hidden half of waves that it has not seen with less than a third of the squared error of
     * the nearest known pixel and of the mean image, and less than a third of its own where it is told nothing.
     */
    @Test
    void aTrainedNetworkFillsIn() {
        TrainConfig base = TinyRuns.config("unet", 1, 1e-2, STEPS);
        ObjectiveConfig o = base.objective();
        TrainConfig config = base.withUnet(new UNetConfig(SIDE, 1, 8, List.of(1, 2), 1, 16, "sinusoidal", 100, "film", "nearest", List.of(), false, 2, 4, 0, true)
                        .withInpainting(true))
                .withObjective(new ObjectiveConfig("dsm", "edm", 0.65, "edm", o.minSnrGamma(), o.times(), o.density(), false, o.probe(), 1, 0))
                .withOptimiser(new OptimiserConfig(16, 1, 1e-2, 10, 0.0, 0.9, 0.999, 1e-8, 0, 1, 0.98));
        int n = 32;
        try (Backend backend = new CpuBackend(); Trainer trainer = new Trainer(config, waves(0, 2000), backend)) {
            for (int step = 1; step <= STEPS; step++) {
                trainer.step(step);
            }
            ImageDataset held = waves(10_000, n);
            float[] truth = new float[n * SIDE * SIDE];
            for (int i = 0; i < n; i++) {
                held.copy(i, truth, i * SIDE * SIDE);
            }
            float[] nearest = truth.clone();
            float[] zero = truth.clone();
            float[] mask = new float[SIDE * SIDE];
            for (int k = 0; k < truth.length; k++) {
                int column = k % SIDE;
                mask[k % mask.length] = column < SIDE / 2 ? 1 : 0;
                if (column >= SIDE / 2) {
                    nearest[k] = truth[k - column + SIDE / 2 - 1];
                    zero[k] = 0;
                }
            }
            try (Scope scope = Scope.open(backend)) {
                Shape shape = Shape.of(n, SIDE, SIDE, 1);
                NetworkScore score = trainer.averagedScore();
                Known known = Known.of(Tensor.of(shape, truth), Tensor.of(Shape.of(1, SIDE, SIDE, 1), mask).broadcastTo(shape));
                SampleOptions options = SampleOptions.of(15, 1);
                int[] example = {SIDE, SIDE, 1};
                float[] drawn = SampleSheet.draw(score.given(known), score.sde(), Samplers.named("dpmpp-2m"), n, example, options);
                float[] filled = known.into(Tensor.of(shape, drawn)).toArray();
                float[] untold = known.into(Tensor.of(shape, SampleSheet.draw(score, score.sde(), Samplers.named("dpmpp-2m"), n, example, options))).toArray();
                double error = Denoising.meanSquaredError(filled, truth);
                double baseline = Math.min(Denoising.meanSquaredError(nearest, truth), Denoising.meanSquaredError(zero, truth));
                String errors = error + ", baseline " + baseline + ", untold " + Denoising.meanSquaredError(untold, truth);
                assertTrue(3 * error < baseline && 3 * error < Denoising.meanSquaredError(untold, truth), errors);
            }
        }
    }
}
