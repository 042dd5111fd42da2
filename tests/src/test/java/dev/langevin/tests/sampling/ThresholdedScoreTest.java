package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.guidance.ThresholdedScore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row S-THRESH: static and dynamic thresholding of the denoised image, image by image. */
class ThresholdedScoreTest {
    private static final int PIXELS = 5 * 7 * 3;
    private static final Shape SHAPE = Shape.of(3, 5, 7, 3);
    private static final double TIME = 0.2;

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** A score whose denoised image is {@code size} x / a. */
    private static ScoreFunction scaling(Sde sde, double size) {
        return (x, t) -> x.mul((size - 1) / (sde.std(t) * sde.std(t)));
    }

    /** |D| of each image by a sort: the smallest that p % do not exceed; at least 1. */
    private static double quantile(float[] image, double percentile) {
        float[] sizes = image.clone();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Math.abs(sizes[i]);
        }
        Arrays.sort(sizes);
        int rank = (int) Math.ceil(Math.round(percentile * sizes.length * 1e6) / 1e8);
        return Math.max(1, sizes[rank - 1]);
    }

    /** Three images: the first in range, the others beyond it by a factor of 10 and of 1000. */
    private static Tensor images() {
        Tensor scale = Tensor.of(Shape.of(3, 1, 1, 1), 0.2, 4, 400);
        return Tensor.normal(SHAPE, new RandomKey(1, 1, 0, 0)).mul(scale);
    }

    /** The quantile is a sort's to the bit of a float, whatever share of the pixels lies above it; the rest to D's roundings. */
    @ParameterizedTest
    @ValueSource(doubles = {50, 90, 99, 99.5, 100})
    void clipsToTheQuantileOfEachImageAndScales(double percentile) {
        for (Sde sde : Sdes.all()) {
            try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
                ScoreFunction score = scaling(sde, 0.9);
                Tensor x = images();
                float[] before = Tweedie.denoise(score, sde, x, TIME).toArray();
                float[] after = Tweedie.denoise(ThresholdedScore.dynamic(score, sde, percentile), sde, x, TIME).toArray();
                for (int n = 0; n < 3; n++) {
                    double q = quantile(Arrays.copyOfRange(before, n * PIXELS, (n + 1) * PIXELS), percentile);
                    for (int i = n * PIXELS; i < (n + 1) * PIXELS; i++) {
                        double want = Math.max(-q, Math.min(q, before[i])) / q;
                        assertEquals(want, after[i], 4e-7 * Math.max(1, Math.abs(before[i])), sde.name() + ", image " + n);
                    }
                }
            }
        }
    }

    /** Where no noise blurs it, at a = 1 and D = x: the quantile itself, by which the largest pixels become 1 or -1 exactly. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 50, 90, 99, 99.9, 100})
    void quantileIsASorts(double percentile) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = images();
            float[] values = x.toArray();
            float[] quantiles = ThresholdedScore.quantile(x.abs(), percentile).toArray();
            for (int n = 0; n < 3; n++) {
                assertEquals(quantile(Arrays.copyOfRange(values, n * PIXELS, (n + 1) * PIXELS), percentile), quantiles[n], 0, "image " + n);
            }
            float[] equal = ThresholdedScore.quantile(Tensor.full(SHAPE, 3), percentile).toArray();
            assertArrayEquals(new float[] {3, 3, 3}, equal);
        }
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void anImageInRangeKeepsItsScoreToTheBit(Sde sde) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ScoreFunction score = scaling(sde, 0.9);
            Tensor x = images();
            float[] plain = score.score(x, TIME).toArray();
            for (ScoreFunction bounded : List.of(ThresholdedScore.dynamic(score, sde, 99), ThresholdedScore.clipped(score, sde))) {
                float[] got = bounded.score(x, TIME).toArray();
                assertArrayEquals(Arrays.copyOf(plain, PIXELS), Arrays.copyOf(got, PIXELS));
                assertTrue(!Arrays.equals(plain, got), "the others' is another");
            }
        }
    }

    @Test
    void clippingIsToOne() {
        Sde sde = Sdes.named("ve");
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = images();
            float[] before = Tweedie.denoise(scaling(sde, 0.9), sde, x, TIME).toArray();
            float[] after = Tweedie.denoise(ThresholdedScore.clipped(scaling(sde, 0.9), sde), sde, x, TIME).toArray();
            for (int i = 0; i < before.length; i++) {
                assertEquals(Math.max(-1, Math.min(1, before[i])), after[i], 4e-7 * Math.max(1, Math.abs(before[i])));
            }
        }
    }

    static Stream<String> names() {
        return Samplers.names().stream().filter(name -> !name.contains("+") && Samplers.named(name).order() > 0);
    }

    /** A score that takes the images to five times their range: every solver of the ODE then ends in it. */
    @ParameterizedTest
    @MethodSource("names")
    void holdsInEverySolver(String name) {
        Sde sde = Sdes.named("vp");
        ScoreFunction wild = (x, t) -> Tensor.normal(x.shape(), new RandomKey(2, 1, 0, 0)).mul(5 * sde.meanCoefficient(t)).sub(x)
                .mul(1 / (sde.std(t) * sde.std(t)));
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (ScoreFunction score : List.of(wild, ThresholdedScore.dynamic(wild, sde, 90))) {
                double largest = 0;
                for (float v : Samplers.named(name).sample(score, sde, SHAPE, SampleOptions.of(100, 1)).toArray()) {
                    largest = Math.max(largest, Math.abs(v));
                }
                assertTrue(score == wild ? largest > 5 : largest < 1.1, name + ": " + largest);
            }
        }
    }

    @Test
    void refusesWhatIsNoPercentile() {
        Sde sde = Sdes.named("vp");
        for (double p : new double[] {0, -1, 100.1, Double.NaN}) {
            assertThrows(InputException.class, () -> ThresholdedScore.dynamic(scaling(sde, 1), sde, p));
        }
    }
}
