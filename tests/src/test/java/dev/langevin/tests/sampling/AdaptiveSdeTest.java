package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Snapshots.Snapshot;
import dev.langevin.sampling.Snapshots;
import dev.langevin.sampling.TimeGrid;
import dev.langevin.sampling.adaptive.AdaptiveSde;
import dev.langevin.sampling.stochastic.EulerMaruyama;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-AD-SDE: steps that keep to a tolerance, each image with its own, along one Brownian path whatever is rejected. Moments of the
 * fixtures: {@link SamplerMomentsTest}; an image without its batch: {@link SamplerSeedTest}.
 */
class AdaptiveSdeTest {
    private static final Shape SHAPE = Shape.of(2, 64, 2);

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static ScoreFunction thin(Sde sde) {
        return GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 0.03});
    }

    private static double[] sample(ScoreFunction score, Sde sde, double tolerance) {
        return new AdaptiveSde(tolerance).sample(score, sde, SHAPE, SampleOptions.of(1, 3)).toDoubles();
    }

    /**
     * Solutions of one path come together as the tolerance falls; those of paths that a rejection has drawn anew stay as far apart as two
     * draws of the data, 0.5.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void followsOnePathWhateverIsRejected(Sde sde) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double[] finest = sample(thin(sde), sde, 0.005);
            double coarse = distance(sample(thin(sde), sde, 0.1), finest);
            double fine = distance(sample(thin(sde), sde, 0.02), finest);
            assertTrue(coarse < 0.06, sde.name() + ": distance with tolerance 0.1: " + coarse);
            assertTrue(fine < 0.7 * coarse, sde.name() + ": distances " + coarse + " and " + fine);
        }
    }

    /** A batch of images that need different steps: one coordinate of image 1 is thin. Its rejections must not touch image 0. */
    @Test
    void eachImageHasItsOwnSteps() {
        Sde sde = new VpSde();
        ScoreFunction wide = GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 0.5});
        ScoreFunction narrow = GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 0.003});
        List<double[]> asked = new ArrayList<>();
        ScoreFunction both = new ScoreFunction() {
            @Override
            public Tensor score(Tensor x, double t) {
                return Tensor.concat(0, wide.score(x.slice(0, 0, 1), t), narrow.score(x.slice(0, 1, 2), t));
            }

            @Override
            public Tensor score(Tensor x, double[] t) {
                asked.add(t.clone());
                return Tensor.concat(0, wide.score(x.slice(0, 0, 1), t[0]), narrow.score(x.slice(0, 1, 2), t[1]));
            }
        };
        Sampler sampler = new AdaptiveSde(0.01);
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            float[] together = sampler.sample(both, sde, Shape.of(2, 9, 2), SampleOptions.of(1, 3)).toArray();
            CountingScore first = new CountingScore(wide);
            CountingScore second = new CountingScore(narrow);
            assertArrayEquals(Arrays.copyOf(together, 18), sampler.sample(first, sde, Shape.of(1, 9, 2), SampleOptions.of(1, 3)).toArray());
            assertArrayEquals(Arrays.copyOfRange(together, 18, 36),
                    sampler.sample(second, sde, Shape.of(1, 9, 2), SampleOptions.of(1, 3).withFirstImage(1)).toArray());
            assertNotEquals(first.evaluations(), second.evaluations(), "both images took the same steps");
        }
        assertTrue(asked.stream().anyMatch(t -> t[0] != t[1]), "no two images were ever apart");
    }

    /**
     * On VP and a density with a thin coordinate Euler-Maruyama needs several times as many scores for the same error of its deviation,
     * compared at the same time, before the denoiser. (It does not on densities for which even steps are right: see the class.)
     */
    @Test
    void needsFewerScoresThanEulerMaruyama() {
        Sde sde = new VpSde();
        double end = sde.samplingEpsilon();
        Shape shape = Shape.of(2, 4096, 2);
        double[] adaptive = new double[2];
        double[] euler = new double[2];
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            CountingScore counting = new CountingScore(thin(sde));
            new AdaptiveSde(0.02).sample(counting, sde, shape, SampleOptions.of(1, 3).withListener((step, steps, t, x) -> {
                if (step == 16) {
                    assertEquals(end, t, 1e-15);
                    adaptive[0] = thinDeviation(x, sde, end);
                }
            }));
            int evaluations = (int) counting.evaluations();
            int steps = 2 * evaluations;
            TimeGrid grid = TimeGrid.uniform(sde.endTime(), end, steps);
            Tensor x = Tensor.normal(shape, new RandomKey(3, Purpose.PRIOR.code(), 0, 0));
            for (int i = 0; i < steps; i++) {
                try (Scope step = Scope.open()) {
                    x = step.keep(new EulerMaruyama().step(thin(sde), sde, x, grid.time(i), grid.time(i + 1), new Noise(3, 0, i)).x());
                }
            }
            euler[0] = thinDeviation(x, sde, end);
            assertTrue(adaptive[0] < 0.06, "error of the deviation in " + evaluations + " scores: " + adaptive[0]);
            assertTrue(adaptive[0] < 0.7 * euler[0], adaptive[0] + " in " + evaluations + " scores, Euler-Maruyama " + euler[0] + " in twice as many");
        }
    }

    /** The relative error of the second coordinate's deviation about its mean at time t. */
    private static double thinDeviation(Tensor samples, Sde sde, double t) {
        double[] x = samples.toDoubles();
        double a = sde.meanCoefficient(t);
        double square = 0;
        for (int i = 1; i < x.length; i += 2) {
            square += (x[i] + 0.5 * a) * (x[i] + 0.5 * a) * 2 / x.length;
        }
        return Math.abs(Math.sqrt(square) / Math.hypot(0.03 * a, sde.std(t)) - 1);
    }

    @Test
    void listenerHearsOfStatesThatAllImagesAreAt() {
        Sde sde = new VpSde();
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Snapshots snapshots = new Snapshots(18);
            Tensor start = Tensor.full(SHAPE, 0.3);
            Tensor result = new AdaptiveSde(0.05).run(thin(sde), sde, start, 0.8, SampleOptions.of(1, 3).withListener(snapshots));
            List<Snapshot> taken = snapshots.taken();
            assertEquals(18, taken.size());
            for (int i = 0; i <= 16; i++) {
                assertEquals(0.8 + (1e-3 - 0.8) * i / 16, taken.get(i).t(), 1e-12);
            }
            assertEquals(0, taken.getLast().t(), 0);
            assertArrayEquals(start.toArray(), taken.getFirst().values());
            assertArrayEquals(result.toArray(), taken.getLast().values());
            assertEquals(0.3, start.toDoubles()[5], 1e-6, "the caller's start was changed");
        }
    }

    @Test
    void refusesWhatCannotBe() {
        Sde sde = new VpSde();
        assertThrows(InputException.class, () -> new AdaptiveSde(0));
        assertThrows(InputException.class, () -> new AdaptiveSde(1));
        assertThrows(InputException.class, () -> new AdaptiveSde(Double.NaN));
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.full(SHAPE, 0.3);
            assertThrows(InputException.class, () -> new AdaptiveSde(0.1).run(thin(sde), sde, x, 1e-3, SampleOptions.of(1, 3)));
            LangevinException lost = assertThrows(LangevinException.class,
                    () -> new AdaptiveSde(0.1).run((y, t) -> y.mul(Double.NaN), sde, x, 1, SampleOptions.of(1, 3)));
            assertTrue(lost.getMessage().contains("time 1.0 image 0"), lost.getMessage());
        }
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]) / a.length;
        }
        return Math.sqrt(sum);
    }
}
