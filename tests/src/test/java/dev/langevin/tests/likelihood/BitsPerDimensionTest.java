package dev.langevin.tests.likelihood;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.BitsPerDimension;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Row L-BPD: bits per dimension with the offset of the pixels' range, and levels spread evenly. */
class BitsPerDimensionTest {

    /** Evenly random pixels have 8 bits, in whatever range a model sees them. */
    @Test
    void offsets() {
        BitsPerDimension unit = new BitsPerDimension(0, 1);
        assertEquals(7, BitsPerDimension.SYMMETRIC.offset(), 1e-15);
        assertEquals(8, unit.offset(), 1e-15);
        assertEquals(8, BitsPerDimension.SYMMETRIC.of(-784 * Math.log(2), 784), 1e-12);
        assertEquals(8, unit.of(0, 784), 1e-15);
        assertEquals(8, new BitsPerDimension(-3, 7).of(-Math.log(10) * 5, 5), 1e-12);
        assertEquals(0, unit.of(5 * Math.log(256), 5), 1e-12, "a single image that is known has none");
        assertEquals(1, BitsPerDimension.ofDifference(3 * Math.log(2), 3), 1e-15);
        assertThrows(InputException.class, () -> new BitsPerDimension(1, 1));
        assertThrows(InputException.class, () -> new BitsPerDimension(0, Double.NaN));
    }

    /** Each level over its own 256th of the range, evenly: mean and variance of (k + u) / 256. */
    @Test
    void levelsAreSpreadEvenly() {
        int n = 20_000;
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (int level : new int[] {0, 100, 255}) {
                float[] x = BitsPerDimension.SYMMETRIC.dequantise(Tensor.full(Shape.of(n / 50, 50), level), new RandomKey(1, level, 0, 0)).toArray();
                double mean = 0;
                double square = 0;
                for (float v : x) {
                    double within = (v + 1) * 128.0 - level;
                    assertTrue(within > -1e-4 && within < 1 + 1e-4, level + ": " + v);
                    mean += within / n;
                    square += within * within / n;
                }
                assertEquals(0.5, mean, 4 * Math.sqrt(1 / 12.0 / n));
                assertEquals(1 / 3.0, square, 4 * Math.sqrt((1 / 5.0 - 1 / 9.0) / n));
            }
        }
    }

    /**
     * 64 narrow Gaussians side by side over [-1, 1], each as wide as their distance, are uniform inside to 3e-9: the exact score of such
     * pixels gives 8.000 bits/dim by the ODE.
     */
    @Test
    void uniformImagesHaveEightBits() {
        int components = 64;
        double distance = 2.0 / components;
        double[][] means = new double[components][1];
        for (int k = 0; k < components; k++) {
            means[k][0] = -1 + (k + 0.5) * distance;
        }
        double[] weights = new double[components];
        double[] stds = new double[components];
        Arrays.fill(weights, 1);
        Arrays.fill(stds, distance);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (Sde sde : Sdes.all()) {
                GaussianMixtureScore score = GaussianMixtureScore.isotropic(sde, weights, means, stds);
                double[] pixels = {-0.8, -0.5, -0.3, 0, 0.15, 0.4, 0.6, 0.77};
                Tensor images = Tensor.of(Shape.of(1, 2, 4, 1), pixels);
                double nats = new OdeLikelihood(sde, Tolerance.of(1e-5), Divergence.EXACT).of(score, images, new RandomKey(1, 1, 0, 0), share -> { }).nats()[0];
                assertEquals(8, BitsPerDimension.SYMMETRIC.of(nats, pixels.length), 5e-4, sde.name());
            }
        }
    }
}
