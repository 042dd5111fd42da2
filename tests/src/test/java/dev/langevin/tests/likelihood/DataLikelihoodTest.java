package dev.langevin.tests.likelihood;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import dev.langevin.training.DataLikelihood;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.ImageDataset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows L-ODE and L-BPD on data sets: each example's dequantisation, numbering and averages, against densities known in closed form. */
class DataLikelihoodTest {
    private static final byte[] PIXELS = {0, 50, 100, -56, -1, 127, -128, 3, 77, 11, -40, 90, 60, 61, 62, 63, 1, 2, 99, -2};
    private static final int IMAGES = 5;
    private static final int SEED = 4;
    private static final Sde SDE = Sdes.named("vp");

    private static DataLikelihood.Figures measure(Dataset data, int n, int repeats, List<Double> progress) {
        GaussianScore score = GaussianScore.diagonal(SDE, new double[data.exampleShape().length == 3 ? 1 : 2],
                data.exampleShape().length == 3 ? new double[] {0.6} : new double[] {1, 1});
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            OdeLikelihood likelihood = new OdeLikelihood(SDE, Tolerance.of(1e-5), Divergence.hutchinson(Probe.RADEMACHER));
            return DataLikelihood.measure(score, likelihood, data, n, repeats, SEED, progress::add);
        }
    }

    /** x = -1 + 2 (k + u) / 256, with u of the image's own number and of the repeat. */
    @Test
    void imagesAreDequantised() {
        GaussianScore pixel = GaussianScore.diagonal(SDE, new double[] {0}, new double[] {0.6});
        List<Double> progress = new ArrayList<>();
        DataLikelihood.Figures figures = measure(new ImageDataset(PIXELS, IMAGES, 2, 2, 1), IMAGES, 2, progress);
        assertEquals(4, figures.dimensions());
        double mean = 0;
        for (int i = 0; i < IMAGES; i++) {
            for (int repeat = 0; repeat < 2; repeat++) {
                double exact = 0;
                for (int e = 0; e < 4; e++) {
                    double u = Philox.uniform(SEED, Purpose.DEQUANTISATION.code(), i, repeat, e);
                    exact += pixel.logDensity(new double[] {-1 + 2 * ((PIXELS[4 * i + e] & 0xff) + u) / 256}, SDE.trainingEpsilon());
                }
                assertEquals(exact, figures.nats()[i][repeat], 2e-3, "image " + i + ", repeat " + repeat);
                mean += figures.nats()[i][repeat] / (2 * IMAGES);
            }
        }
        assertEquals(mean, figures.mean(), 1e-9);
        assertEquals(2.0 * IMAGES, progress.getLast(), 1e-9);
        assertTrue(figures.evaluations() > 50 && figures.evaluations() < 200, figures.toString());
        DataLikelihood.Figures fewer = measure(new ImageDataset(PIXELS, IMAGES, 2, 2, 1), 3, 1, progress);
        for (int i = 0; i < 3; i++) {
            assertEquals(figures.nats()[i][0], fewer.nats()[i][0], 0, "image " + i + " among others");
        }
        assertTrue(Double.isNaN(fewer.deviationOfRepeats()));
    }

    @Test
    void errorsAreThoseOfMeans() {
        DataLikelihood.Figures figures = new DataLikelihood.Figures(new double[][] {{1, 3}, {2, 6}, {5, 7}}, 1, 1);
        assertEquals(4, figures.mean(), 1e-15);
        assertEquals(Math.sqrt(4 / 3.0), figures.standardError(), 1e-15);
        assertEquals(Math.sqrt((2 + 8 + 2) / 3.0), figures.deviationOfRepeats(), 1e-15);
        assertTrue(Double.isNaN(new DataLikelihood.Figures(new double[][] {{1}}, 1, 1).standardError()));
    }

    /** Points are taken as they are, and the test split holds none that are trained on. */
    @Test
    void pointsAreHeldOut() {
        Dataset test = Datasets.openTest("swiss-roll", null, 7, line -> { });
        Dataset train = Datasets.open("swiss-roll", null, 7, line -> { });
        float[] held = new float[2];
        float[] last = new float[2];
        test.copy(0, held, 0);
        for (int i = 0; i < train.size(); i++) {
            train.copy(i, last, 0);
            assertFalse(held[0] == last[0] && held[1] == last[1], "point " + i);
        }
        GaussianScore plane = GaussianScore.diagonal(SDE, new double[] {0, 0}, new double[] {1, 1});
        DataLikelihood.Figures figures = measure(test, 2, 1, new ArrayList<>());
        assertEquals(plane.logDensity(new double[] {held[0], held[1]}, SDE.trainingEpsilon()), figures.nats()[0][0], 1e-4);
        assertArrayEquals(new int[] {2}, test.exampleShape());
        assertEquals(10_000, test.size());
    }
}
