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
import dev.langevin.model.score.EmpiricalScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row M-SCORE-AN for shapes of the plane and for finite data sets: finite differences of ln p, and the closed forms of a ring (by Bessel
 * functions) and of a segment (by the error function) that a Gaussian smears.
 */
class EmpiricalScoreTest {
    private static final double RADIUS = 1.2;
    private static final DoubleFunction<double[]> RING = u -> polar(RADIUS, 2 * Math.PI * u);
    private static final DoubleFunction<double[]> SPIRAL = u -> polar(0.2 + 1.6 * u, 4 * Math.PI * u);
    private static final DoubleFunction<double[]> SEGMENT = u -> new double[] {-1.5 + 3 * u, 0};

    private static final GaussIntegratorFactory RULES = new GaussIntegratorFactory();

    private static double[] polar(double radius, double angle) {
        return new double[] {radius * Math.cos(angle), radius * Math.sin(angle)};
    }

    static List<Sde> sdes() {
        return Sdes.all();
    }

    static Stream<Arguments> shapes() {
        double[][] few = {{0.3, -1}, {1.1, 0.4}, {-0.7, 0.8}, {1.2, 0.5}};
        return Sdes.all().stream().flatMap(sde -> Stream.of(
                Arguments.of("four points", sde, new EmpiricalScore(sde, few)),
                Arguments.of("ring", sde, EmpiricalScore.alongCurve(sde, RING, 100)),
                Arguments.of("spiral", sde, EmpiricalScore.alongCurve(sde, SPIRAL, 150)),
                Arguments.of("segment", sde, EmpiricalScore.alongCurve(sde, SEGMENT, 60))));
    }

    /** To 1e-6 of the size of a score, 1/s; at times when the points are apart, when they merge and when they are lost in noise. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("shapes")
    void equalsFiniteDifferencesOfTheLogDensity(String name, Sde sde, EmpiricalScore score) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double t : new double[] {0.05, 0.3, 0.7, 1}) {
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                double h = 1e-3 * s;
                for (int i = 0; i < 8; i++) {
                    double[] x = {a * 0.9 * Math.sin(3 * i) + s * Math.cos(5 * i), a * 0.9 * Math.cos(3 * i) + s * Math.sin(7 * i)};
                    double[] got = score.score(Tensor.of(Shape.of(1, 2), x), t).toDoubles();
                    for (int j = 0; j < 2; j++) {
                        double[] f = new double[4];
                        double[] at = {-2 * h, -h, h, 2 * h};
                        for (int k = 0; k < 4; k++) {
                            double[] moved = x.clone();
                            moved[j] += at[k];
                            f[k] = score.logDensity(moved, t);
                        }
                        double want = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
                        assertEquals(want, got[j], 1e-6 * Math.max(1 / s, Math.abs(want)), sde.name() + " t = " + t + " point " + i);
                    }
                }
            }
        }
    }

    /**
     * A ring of radius R: p(x) = exp(-(r^2 + R^2) / (2 s^2)) I_0(r R / s^2) / (2 pi s^2), its score radial, (R I_1 / I_0 - r) / s^2. The
     * midpoint rule converges faster than any power, so points 1.3 s apart give every digit.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void ringIsBessels(Sde sde) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double sigma : new double[] {0.15, 0.5, 2}) {
                double t = sde.time(sigma);
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                int points = (int) Math.ceil(2 * Math.PI * RADIUS / (1.3 * sigma)) + 12;
                EmpiricalScore score = EmpiricalScore.alongCurve(sde, RING, points);
                for (double r : new double[] {0.1 * a, a * RADIUS, a * RADIUS + 2 * s}) {
                    double z = r * a * RADIUS / (s * s);
                    double radial = (a * RADIUS * bessel(1, z) / bessel(0, z) - r) / (s * s);
                    double logDensity = -0.5 * Math.pow(r - a * RADIUS, 2) / (s * s) + Math.log(bessel(0, z) / (2 * Math.PI * s * s));
                    for (double angle : new double[] {0, 0.7, 4}) {
                        double[] x = polar(r, angle);
                        double[] got = score.score(Tensor.of(Shape.of(1, 2), x), t).toDoubles();
                        assertArrayEquals(polar(radial, angle), got, 1e-6 / s, sde.name() + " sigma " + sigma + " r " + r);
                        assertEquals(logDensity, score.logDensity(x, t), 1e-6, sde.name() + " sigma " + sigma + " r " + r);
                    }
                }
            }
        }
    }

    /** exp(-z) I_n(z) = (1/pi) times the integral of exp(z (cos u - 1)) cos(n u) over [0, pi]. */
    private static double bessel(int n, double z) {
        double sum = 0;
        for (int part = 0; part < 8; part++) {
            sum += RULES.legendre(40, part * Math.PI / 8, (part + 1) * Math.PI / 8)
                    .integrate(u -> Math.exp(z * (Math.cos(u) - 1)) * Math.cos(n * u));
        }
        return sum / Math.PI;
    }

    /** A segment on the first axis from -L to L: N(x_2; 0, s) (Phi((x_1 + L)/s) - Phi((x_1 - L)/s)) / (2 L). */
    @ParameterizedTest
    @MethodSource("sdes")
    void segmentIsTheErrorFunction(Sde sde) {
        EmpiricalScore score = EmpiricalScore.alongCurve(sde, SEGMENT, 4000);
        NormalDistribution normal = new NormalDistribution(null, 0, 1);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double t = sde.time(0.4);
            double s = sde.std(t);
            double reach = 1.5 * sde.meanCoefficient(t);
            for (double x : new double[] {0, 0.5 * reach, reach, reach + 2 * s}) {
                double up = (x + reach) / s;
                double down = (x - reach) / s;
                double mass = normal.cumulativeProbability(up) - normal.cumulativeProbability(down);
                double first = (normal.density(up) - normal.density(down)) / (s * mass);
                double[] got = score.score(Tensor.of(Shape.of(1, 2), x, 0.3), t).toDoubles();
                assertArrayEquals(new double[] {first, -0.3 / (s * s)}, got, 1e-6 / s, sde.name() + " at " + x);
                double logDensity = Math.log(mass / (2 * reach)) - 0.5 * 0.09 / (s * s) - Math.log(s * Math.sqrt(2 * Math.PI));
                assertEquals(logDensity, score.logDensity(new double[] {x, 0.3}, t), 1e-6);
            }
        }
    }

    /** One point is a Gaussian without width; the same point many times is that point, so a density's scale does not count. */
    @ParameterizedTest
    @MethodSource("sdes")
    void onePointIsAGaussian(Sde sde) {
        double[] point = {0.7, -1.1, 0.2};
        EmpiricalScore one = new EmpiricalScore(sde, new double[][] {point});
        EmpiricalScore again = new EmpiricalScore(sde, new double[][] {point, point, point});
        GaussianScore narrow = GaussianScore.diagonal(sde, point, new double[] {1e-9, 1e-9, 1e-9});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.of(Shape.of(2, 3), 0.1, 0.2, 0.3, 1, -1, 2);
            double[] want = narrow.score(x, 0.4).toDoubles();
            assertArrayEquals(want, one.score(x, 0.4).toDoubles(), 1e-12 * Math.abs(want[5]));
            assertArrayEquals(want, again.score(x, 0.4).toDoubles(), 1e-12 * Math.abs(want[5]));
            assertEquals(one.logDensity(point, 0.4), again.logDensity(point, 0.4), 1e-14);
            assertEquals(narrow.logDensity(point, 0.4), one.logDensity(point, 0.4), 1e-12);
        }
    }

    /** At little noise the denoiser gives back the nearest of the data, at much noise their mean: what memorising means. */
    @ParameterizedTest
    @MethodSource("sdes")
    void remembersItsData(Sde sde) {
        double[][] images = new double[5][12];
        for (int i = 0; i < 60; i++) {
            images[i / 12][i % 12] = Math.sin(1 + 5 * i);
        }
        EmpiricalScore score = new EmpiricalScore(sde, images);
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double low = sde.time(0.05);
            Tensor noisy = Tensor.of(Shape.of(1, 2, 2, 3), images[3]).mul(sde.meanCoefficient(low))
                    .add(Tensor.of(Shape.of(1, 2, 2, 3), images[1]).mul(sde.std(low)));
            assertArrayEquals(images[3], Tweedie.denoise(score, sde, noisy, low).toDoubles(), 1e-5);
            double high = sde.time(49);
            double[] mean = new double[12];
            for (int i = 0; i < 60; i++) {
                mean[i % 12] += images[i / 12][i % 12] / 5;
            }
            assertArrayEquals(mean, Tweedie.denoise(score, sde, Tensor.zeros(Shape.of(1, 2, 2, 3)), high).toDoubles(), 5e-3);
        }
    }

    /** Many draws of many points go through in parts; each image of a batch may have a time of its own. */
    @Test
    void partsAndTimesDoNotMatter() {
        Sde sde = Sdes.named("vp");
        EmpiricalScore score = EmpiricalScore.alongCurve(sde, SPIRAL, 1500);
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double[] x = new double[800 * 2];
            for (int i = 0; i < x.length; i++) {
                x[i] = 1.5 * Math.sin(i * i);
            }
            Tensor all = Tensor.of(Shape.of(2, 20, 20, 2), x);
            double[] second = score.score(all.slice(0, 1, 2), 0.6).toDoubles();
            double[] both = score.score(all, new double[] {0.2, 0.6}).toDoubles();
            assertArrayEquals(second, Arrays.copyOfRange(both, 800, 1600), 1e-5);
        }
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            EmpiricalScore few = EmpiricalScore.alongCurve(sde, SPIRAL, 50);
            Tensor x = Tensor.of(Shape.of(2, 2), 0.3, 0.4, -1, 0.2);
            double[] alone = few.score(x.slice(0, 1, 2), 1e-3).toDoubles();
            assertArrayEquals(alone, few.score(x, new double[] {0.5, 1e-3}).slice(0, 1, 2).toDoubles(), 1e-12 * Math.abs(alone[0]));
        }
    }

    @Test
    void refusesWhatItCannotBe() {
        Sde sde = Sdes.named("vp");
        assertThrows(InputException.class, () -> new EmpiricalScore(sde, new double[0][]));
        assertThrows(InputException.class, () -> new EmpiricalScore(sde, new double[][] {{1, 2}, {3}}));
        assertThrows(InputException.class, () -> new EmpiricalScore(sde, new double[][] {{1, Double.NaN}}));
        EmpiricalScore score = new EmpiricalScore(sde, new double[][] {{1, 2}});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ShapeException wrong = assertThrows(ShapeException.class, () -> score.score(Tensor.zeros(Shape.of(4, 3)), 0.5));
            assertTrue(wrong.getMessage().contains("(4, 3)"), wrong.getMessage());
            assertThrows(InputException.class, () -> score.score(Tensor.zeros(Shape.of(4, 2)), new double[] {0.1}));
        }
    }
}
