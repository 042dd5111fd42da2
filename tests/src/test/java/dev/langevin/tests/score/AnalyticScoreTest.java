package dev.langevin.tests.score;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.integration.IterativeLegendreGaussIntegrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-SCORE-AN (scores equal finite differences of ln p to 1e-6), M-SCORE-INV (they ignore the normalising constant,
 * vanish at modes and are curl-free) and A-DENOISE for analytic densities.
 */
class AnalyticScoreTest {
    private static final double[] TIMES = {1e-3, 0.05, 0.3, 0.7, 1};

    /** A density with its score and ln p. */
    private record Density(String name, int d, ScoreFunction score, LogDensity logDensity) {
        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    private interface LogDensity {
        double at(double[] x, double t);
    }

    private static List<Density> densities(Sde sde) {
        GaussianScore one = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        GaussianScore diagonal = GaussianScore.diagonal(sde, new double[] {1, -2, 0.5}, new double[] {0.5, 2, 0.1});
        GaussianScore full = new GaussianScore(sde, new double[] {1, -0.5},
                new double[][] {{0.25, 0.08}, {0.08, 0.16}});
        GaussianMixtureScore round = GaussianMixtureScore.isotropic(sde, new double[] {1, 2, 5},
                new double[][] {{-1}, {0.5}, {2}}, new double[] {0.3, 0.2, 0.6});
        GaussianMixtureScore oblong = new GaussianMixtureScore(sde, new double[] {0.4, 0.6},
                new double[][] {{-1.5, 1.2}, {1, -0.8}}, new double[][] {{0.3, 0.5}, {0.8, 0.2}});
        return List.of(new Density("1-D Gaussian", 1, one, one::logDensity),
                new Density("independent Gaussian", 3, diagonal, diagonal::logDensity),
                new Density("correlated Gaussian", 2, full, full::logDensity),
                new Density("round mixture", 1, round, round::logDensity),
                new Density("oblong mixture", 2, oblong, oblong::logDensity));
    }

    static Stream<Arguments> cases() {
        return Sdes.all().stream().flatMap(sde -> densities(sde).stream().map(density -> Arguments.of(sde, density)));
    }

    /** Points of which some are far out, (4, 1, d). */
    private static double[] points(Density density, Sde sde, double t) {
        double[] x = new double[4 * density.d];
        double scale = 0.5 * sde.meanCoefficient(t) + sde.std(t);
        for (int i = 0; i < x.length; i++) {
            x[i] = sde.meanCoefficient(t) * 0.3 + scale * 1.7 * Math.sin(1 + 2.3 * i);
        }
        return x;
    }

    private static double[] score(Backend backend, Density density, double[] x, double t) {
        try (Scope scope = Scope.open(backend)) {
            return density.score.score(Tensor.of(Shape.of(x.length / density.d, 1, density.d), x), t).toDoubles();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsFiniteDifferencesOfTheLogDensity(Sde sde, Density density) {
        try (Backend backend = new ReferenceBackend()) {
            for (double t : TIMES) {
                double[] x = points(density, sde, t);
                double[] got = score(backend, density, x, t);
                for (int i = 0; i < x.length; i++) {
                    int row = i / density.d;
                    double[] point = Arrays.copyOfRange(x, row * density.d, (row + 1) * density.d);
                    double want = slope(density, point, i % density.d, t, 1e-3 * (0.1 + sde.std(t)));
                    assertEquals(want, got[i], 1e-6 * Math.max(1, Math.abs(want)), sde.name() + " t = " + t + " at " + i);
                }
            }
        }
    }

    /** d ln p / d x_j by central differences of order 4. */
    private static double slope(Density density, double[] x, int j, double t, double h) {
        double[] f = new double[4];
        double[] at = {-2 * h, -h, h, 2 * h};
        for (int i = 0; i < 4; i++) {
            double[] moved = x.clone();
            moved[j] += at[i];
            f[i] = density.logDensity.at(moved, t);
        }
        return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
    }

    /** A batch with a time for each image is scored at once, and as one image after the other would be. */
    @ParameterizedTest
    @MethodSource("cases")
    void takesATimeForEachImage(Sde sde, Density density) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] t = {0.9, 1e-3, 0.3, 1e-3};
            double[] x = new double[4 * 3 * density.d];
            for (int i = 0; i < x.length; i++) {
                x[i] = 1.3 * Math.sin(1 + 2.3 * i);
            }
            Tensor batch = Tensor.of(Shape.of(4, 3, density.d), x);
            Tensor together = density.score.score(batch, t);
            assertEquals(batch.shape(), together.shape());
            for (int i = 0; i < 4; i++) {
                double[] alone = density.score.score(batch.slice(0, i, i + 1), t[i]).toDoubles();
                assertArrayEquals(alone, together.slice(0, i, i + 1).toDoubles(), 1e-13 * Arrays.stream(alone).map(Math::abs).max().orElseThrow());
            }
            assertThrows(InputException.class, () -> density.score.score(batch, new double[] {0.1, 0.2}));
        }
    }

    /** In float32: within 1e-5 of the largest score, and no NaN a thousand deviations out. */
    @ParameterizedTest
    @MethodSource("cases")
    void cpuAgreesWithReference(Sde sde, Density density) {
        try (Backend reference = new ReferenceBackend(); Backend cpu = new CpuBackend()) {
            for (double t : TIMES) {
                double[] x = points(density, sde, t);
                for (double stretch : new double[] {1, 1000}) {
                    double[] stretched = Arrays.stream(x).map(v -> (float) (v * stretch)).toArray();
                    double[] want = score(reference, density, stretched, t);
                    double[] got = score(cpu, density, stretched, t);
                    double largest = Arrays.stream(want).map(Math::abs).max().orElseThrow();
                    assertArrayEquals(want, got, 1e-5 * largest, sde.name() + " t = " + t);
                }
            }
        }
    }

    /** exp(ln p) integrates to 1 in one dimension, so the closed forms of the marginals are densities. */
    @ParameterizedTest
    @MethodSource("cases")
    void densitiesIntegrateToOne(Sde sde, Density density) {
        if (density.d > 1) {
            return;
        }
        for (double t : TIMES) {
            double reach = 8 * (3 + sde.std(t));
            double mass = 0;
            int cells = 20_000;
            for (int i = 0; i < cells; i++) {
                double x = -reach + 2 * reach * (i + 0.5) / cells;
                mass += Math.exp(density.logDensity.at(new double[] {x}, t)) * 2 * reach / cells;
            }
            assertEquals(1, mass, 1e-9, sde.name() + " t = " + t);
        }
    }

    @Test
    void ignoresTheScaleOfTheWeightsAndVanishesAtAMode() {
        Sde sde = Sdes.named("vp");
        double[][] means = {{-1, 0}, {1, 0}};
        double[] std = {0.5, 0.5};
        GaussianMixtureScore one = GaussianMixtureScore.isotropic(sde, new double[] {1, 3}, means, std);
        GaussianMixtureScore same = GaussianMixtureScore.isotropic(sde, new double[] {1e6, 3e6}, means, std);
        GaussianScore gaussian = GaussianScore.diagonal(sde, new double[] {1, 2}, new double[] {0.5, 1});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.of(Shape.of(2, 2), 0.3, -0.2, 1.4, 0.9);
            assertArrayEquals(one.score(x, 0.2).toDoubles(), same.score(x, 0.2).toDoubles(), 1e-14);
            Tensor mode = Tensor.of(Shape.of(1, 2), gaussian.mean(0.2));
            assertArrayEquals(new double[2], gaussian.score(mode, 0.2).toDoubles(), 0);
        }
    }

    /** d s_0 / d x_1 = d s_1 / d x_0. */
    @ParameterizedTest
    @MethodSource("cases")
    void isCurlFree(Sde sde, Density density) {
        if (density.d < 2) {
            return;
        }
        try (Backend backend = new ReferenceBackend()) {
            double h = 1e-4 * (0.1 + sde.std(0.3));
            double[] x = Arrays.copyOf(points(density, sde, 0.3), density.d);
            double[][] jacobian = new double[2][];
            for (int j = 0; j < 2; j++) {
                double[] up = x.clone();
                double[] down = x.clone();
                up[j] += h;
                down[j] -= h;
                double[] above = score(backend, density, up, 0.3);
                double[] below = score(backend, density, down, 0.3);
                jacobian[j] = new double[] {(above[0] - below[0]) / (2 * h), (above[1] - below[1]) / (2 * h)};
            }
            double size = Math.max(Math.abs(jacobian[0][0]), Math.abs(jacobian[1][1]));
            assertEquals(jacobian[0][1], jacobian[1][0], 1e-6 * size, sde.name());
        }
    }

    /** Tweedie's formula equals the posterior mean, integrated numerically from the data density and the kernel. */
    @ParameterizedTest
    @MethodSource("cases")
    void denoisesToThePosteriorMean(Sde sde, Density density) {
        if (!density.name.equals("round mixture")) {
            return;
        }
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double t : new double[] {0.1, 0.3, 0.6}) {
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                double x = 0.4 * a + 0.5 * s;
                double got = Tweedie.denoise(density.score, sde, Tensor.of(Shape.of(1, 1), x), t).item();
                double norm = integrate(x0 -> data(x0) * kernel(x, a, s, x0));
                double mean = integrate(x0 -> x0 * data(x0) * kernel(x, a, s, x0)) / norm;
                assertEquals(mean, got, 1e-7 * (1 + s * s), sde.name() + " t = " + t);
            }
        }
    }

    /** The round mixture of {@link #densities}, without its constant. */
    private static double data(double x) {
        return normal(x, -1, 0.3) + 2 * normal(x, 0.5, 0.2) + 5 * normal(x, 2, 0.6);
    }

    private static double kernel(double x, double a, double s, double x0) {
        return normal(x, a * x0, s);
    }

    private static double normal(double x, double mean, double std) {
        return Math.exp(-0.5 * (x - mean) * (x - mean) / (std * std)) / std;
    }

    private static double integrate(UnivariateFunction f) {
        double sum = 0;
        for (int cell = -20; cell < 28; cell++) {
            sum += new IterativeLegendreGaussIntegrator(16, 1e-12, 1e-16).integrate(100_000, f, cell / 4.0, (cell + 1) / 4.0);
        }
        return sum;
    }

    /** F-FLOW: the closed form obeys dx/dt = f x - g^2 score / 2. */
    @Test
    void flowObeysTheProbabilityFlowOde() {
        for (Sde sde : Sdes.all()) {
            GaussianScore score = GaussianScore.diagonal(sde, new double[] {1, -2}, new double[] {0.5, 0.8});
            try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
                for (double t : new double[] {0.1, 0.4, 0.8}) {
                    double[] x = {0.7, 1.3};
                    double h = 1e-5;
                    double[] s = score.score(Tensor.of(Shape.of(1, 2), x), t).toDoubles();
                    double[] up = score.flow(x, t, t + h);
                    double[] down = score.flow(x, t, t - h);
                    for (int i = 0; i < 2; i++) {
                        double g = sde.diffusion(t);
                        double want = sde.drift(t) * x[i] - 0.5 * g * g * s[i];
                        assertEquals(want, (up[i] - down[i]) / (2 * h), 1e-6 * Math.max(1, Math.abs(want)), sde.name());
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatItCannotBe() {
        Sde sde = Sdes.named("vp");
        double[] two = {0, 0};
        assertThrows(InputException.class, () -> new GaussianScore(sde, two, new double[][] {{1, 0}}));
        assertThrows(InputException.class, () -> new GaussianScore(sde, two, new double[][] {{1, 0.5}, {0.4, 1}}));
        assertThrows(InputException.class, () -> new GaussianScore(sde, two, new double[][] {{1, 2}, {2, 1}}));
        assertThrows(InputException.class, () -> GaussianMixtureScore.isotropic(sde, new double[] {1, 0},
                new double[][] {{0}, {1}}, new double[] {1, 1}));
        assertThrows(InputException.class, () -> new GaussianMixtureScore(sde, new double[] {1},
                new double[][] {{0}}, new double[][] {{0}}));
        GaussianScore score = GaussianScore.diagonal(sde, two, new double[] {1, 1});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ShapeException wrong = assertThrows(ShapeException.class, () -> score.score(Tensor.zeros(Shape.of(4, 3)), 0.5));
            assertTrue(wrong.getMessage().contains("(4, 3)"), wrong.getMessage());
        }
        assertThrows(InputException.class, () -> new GaussianScore(sde, two, new double[][] {{1, 0.1}, {0.1, 1}})
                .flow(two, 1, 0.5));
    }
}
