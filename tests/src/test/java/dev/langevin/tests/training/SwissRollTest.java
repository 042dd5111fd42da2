package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.Presets;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import org.junit.jupiter.api.Test;

/**
 * Row N-MLP: the preset swiss-roll, cut short, learns the spiral. Maximum mean discrepancy (Gretton et al. 2012, biased
 * estimator, so that two samples of the data have one too) with Gaussian kernels of three widths; the trained samples must
 * be no further from the data than twice what two samples of the data are from each other. Untrained noise is about ten
 * times as far.
 */
class SwissRollTest {
    private static final int POINTS = 1000;
    private static final double[] WIDTHS = {0.1, 0.3, 1};

    @Test
    void samplesAreAsNearToTheDataAsDataIs() {
        TrainConfig config = Presets.named("swiss-roll").withSteps(4000);
        Dataset data = Datasets.open(config.data(), null, config.seed(), message -> { });
        double real = mmd(points(data, 0), points(data, POINTS));
        try (CpuBackend backend = new CpuBackend(); Trainer trainer = new Trainer(config, data, backend)) {
            NetworkScore score = trainer.averagedScore();
            assertTrue(mmd(draw(score), points(data, 0)) > 5 * real, "before training");
            for (long step = 1; step <= config.run().steps(); step++) {
                trainer.step(step);
            }
            double distance = mmd(draw(score), points(data, 0));
            assertTrue(distance < 2 * real, "MMD to the data " + distance + ", between samples of the data " + real);
        }
    }

    private static float[] draw(NetworkScore score) {
        return SampleSheet.draw(score, score.sde(), Samplers.named("em"), POINTS, new int[] {2}, SampleOptions.of(300, 5));
    }

    private static float[] points(Dataset data, int from) {
        float[] out = new float[2 * POINTS];
        for (int i = 0; i < POINTS; i++) {
            data.copy(from + i, out, 2 * i);
        }
        return out;
    }

    private static double mmd(float[] x, float[] y) {
        return Math.sqrt(meanKernel(x, x) + meanKernel(y, y) - 2 * meanKernel(x, y));
    }

    private static double meanKernel(float[] x, float[] y) {
        double sum = 0;
        for (int i = 0; i < POINTS; i++) {
            for (int j = 0; j < POINTS; j++) {
                double dx = x[2 * i] - y[2 * j];
                double dy = x[2 * i + 1] - y[2 * j + 1];
                for (double width : WIDTHS) {
                    sum += Math.exp(-(dx * dx + dy * dy) / (2 * width * width));
                }
            }
        }
        return sum / (POINTS * (double) POINTS * WIDTHS.length);
    }
}
