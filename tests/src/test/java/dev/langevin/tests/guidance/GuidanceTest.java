package dev.langevin.tests.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.Classifier;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.sampling.guidance.ClassifierGuidance;
import dev.langevin.sampling.guidance.GuidanceScale;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows G-COND, G-CLF, G-CFG, G-AMP, G-ADAPT, G-TRUNC: guidance from exact scores and exact classifiers, of two components that overlap. */
class GuidanceTest {
    private static final double[] WEIGHTS = {0.4, 0.6};
    private static final double[][] MEANS = {{-0.6, 0.45}, {0.4, -0.3}};
    private static final double[][] STDS = {{0.4, 0.6}, {0.5, 0.3}};
    private static final double[] TIMES = {0.01, 0.1, 0.3, 0.7, 1};

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianMixtureScore mixture(Sde sde) {
        return new GaussianMixtureScore(sde, WEIGHTS, MEANS, STDS);
    }

    private static ScoreFunction byClassifier(Sde sde, double w, int... labels) {
        return new ClassifierGuidance(mixture(sde), mixture(sde), labels, GuidanceScale.constant(w));
    }

    private static ScoreFunction classifierFree(Sde sde, int label, double w) {
        return new ClassifierFreeGuidance(mixture(sde).component(label), mixture(sde), w);
    }

    /** Points where the process puts them at time t. */
    private static Tensor points(Sde sde, double t, int n) {
        return Tensor.normal(Shape.of(n, 2), new RandomKey(1, 1, 0, 0)).mul(Math.hypot(sde.meanCoefficient(t), sde.std(t)));
    }

    private static void assertNear(double[] expected, double[] actual, double relative, String what) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertArrayEquals(expected, actual, relative * largest, what);
    }

    /** Bayes' rule: w = 1 is the exact score of the class; for one time, a time for each image and a class for each image. */
    @ParameterizedTest
    @MethodSource("sdes")
    void exactClassifierGivesTheExactConditional(Sde sde) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double t : TIMES) {
                Tensor x = points(sde, t, 20);
                for (int y = 0; y < 2; y++) {
                    double[] exact = mixture(sde).component(y).score(x, t).toDoubles();
                    assertNear(exact, byClassifier(sde, 1, y).score(x, t).toDoubles(), 1e-10, sde.name() + " at " + t);
                    assertArrayEquals(exact, classifierFree(sde, y, 1).score(x, t).toDoubles(), "classifier-free");
                }
            }
            Tensor x = points(sde, 0.5, TIMES.length);
            double[] mixed = byClassifier(sde, 1, 0, 1, 1, 0, 1).score(x, TIMES).toDoubles();
            for (int i = 0; i < TIMES.length; i++) {
                int y = i == 0 || i == 3 ? 0 : 1;
                double[] exact = mixture(sde).component(y).score(x.slice(0, i, i + 1), TIMES[i]).toDoubles();
                assertNear(exact, Arrays.copyOfRange(mixed, 2 * i, 2 * i + 2), 1e-10, "image " + i);
                ScoreFunction alone = byClassifier(sde, 1, 0, 1, 1, 0, 1).forImages(i);
                assertNear(exact, alone.score(x.slice(0, i, i + 1), TIMES[i]).toDoubles(), 1e-10, "image " + i + " alone");
            }
        }
    }

    /** The exact classifier, as a tensor, is the one of a point; ln softmax stays finite where softmax is 0. */
    @Test
    void logProbabilities() {
        Sde sde = new VpSde();
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] far = {300, -200};
            double[] logs = mixture(sde).logProbabilities(Tensor.of(Shape.of(2, 2), 0.1, 0.2, far[0], far[1]), new double[] {0.2, 0.05}).toDoubles();
            double[] near = mixture(sde).responsibilities(new double[] {0.1, 0.2}, 0.2);
            assertEquals(Math.log(near[0]), logs[0], 1e-12);
            assertEquals(Math.log(near[1]), logs[1], 1e-12);
            assertTrue(Double.isFinite(logs[2]) && logs[2] > -1e6 && logs[3] < -1000, Arrays.toString(logs));
        }
    }

    /** Both kinds of guidance are one, for each w: u + w grad ln p(y | x) = u + w (c - u), and linear in w. */
    @ParameterizedTest
    @MethodSource("sdes")
    void bothKindsAreOneAndLinear(Sde sde) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double t : TIMES) {
                Tensor x = points(sde, t, 20);
                double[] u = classifierFree(sde, 0, 0).score(x, t).toDoubles();
                double[] c = classifierFree(sde, 0, 1).score(x, t).toDoubles();
                assertArrayEquals(mixture(sde).score(x, t).toDoubles(), u);
                assertArrayEquals(mixture(sde).component(0).score(x, t).toDoubles(), c);
                for (double w : new double[] {-1, 0.3, 2, 7.5}) {
                    double[] line = new double[u.length];
                    Arrays.setAll(line, i -> u[i] + w * (c[i] - u[i]));
                    assertNear(line, classifierFree(sde, 0, w).score(x, t).toDoubles(), 1e-12, "classifier-free, w " + w);
                    assertNear(line, byClassifier(sde, w, 0).score(x, t).toDoubles(), 1e-10, "classifier, w " + w);
                }
            }
        }
    }

    /** w = 1 never asks for the unconditional score, w = 0 never for the conditional one. */
    /** Two scores of one network are one evaluation of twice the images, and each image has the bits of two. */
    @Test
    void oneNetworkIsAskedOnce() {
        UNetConfig config = new UNetConfig(8, 1, 8, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(4), true, 2, 2, 0.2, false)
                .withClasses(new ClassConfig(3, "embedding", 1));
        int[] calls = {0};
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ScoreUNet unet = new ScoreUNet(config, Parameters.create(3));
            NetworkScore all = new NetworkScore(new ScoreNetwork() {
                @Override
                public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
                    return forward(x, t, null, dropout);
                }

                @Override
                public Tensor forward(Tensor x, Tensor t, int[] labels, RandomKey dropout) {
                    calls[0]++;
                    return unet.forward(x, t, labels, dropout);
                }

                @Override
                public int classes() {
                    return unet.classes();
                }

                @Override
                public Parameters parameters() {
                    return unet.parameters();
                }
            }, Parametrisation.NOISE, Sdes.named("vp"));
            for (Tensor p : unet.parameters().map().values()) { // some start at 0, and would hide the class
                p.write(Tensor.normal(p.shape(), new RandomKey(1, 2, 0, p.size())).mul(0.3).toArray());
            }
            Tensor x = Tensor.normal(Shape.of(3, 8, 8, 1), new RandomKey(1, 1, 0, 0));
            assertTrue(all.given(1).score(x, 0.4).sub(all.score(x, 0.4)).abs().reshape(-1).max(0).item() > 0.01);
            for (int[] labels : new int[][] {{2, 0, 1}, {1}}) {
                ScoreFunction joint = new ClassifierFreeGuidance(all.given(labels), all, 1.7);
                ScoreFunction apart = new ClassifierFreeGuidance(all.given(labels), new CountingScore(all), 1.7);
                calls[0] = 0;
                float[] expected = apart.score(x, 0.4).toArray();
                assertEquals(2, calls[0]);
                assertArrayEquals(expected, joint.score(x, 0.4).toArray());
                assertEquals(3, calls[0]);
                double[] times = {0.1, 0.8, 0.4};
                assertArrayEquals(apart.score(x, times).toArray(), joint.score(x, times).toArray());
                assertArrayEquals(apart.forImages(2).score(x.slice(0, 2, 3), 0.4).toArray(), joint.forImages(2).score(x.slice(0, 2, 3), 0.4).toArray());
                assertArrayEquals(Arrays.copyOfRange(expected, 128, 192), joint.forImages(2).score(x.slice(0, 2, 3), 0.4).toArray());
            }
        }
    }

    @Test
    void nothingIsEvaluatedInVain() {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Sde sde = new VpSde();
            Tensor x = points(sde, 0.5, 4);
            long[][] calls = {{1, 0}, {0, 1}, {1, 1}};
            double[] weights = {1, 0, 2};
            for (int i = 0; i < weights.length; i++) {
                CountingScore c = new CountingScore(mixture(sde).component(0));
                CountingScore u = new CountingScore(mixture(sde));
                new ClassifierFreeGuidance(c, u, weights[i]).score(x, 0.5);
                assertArrayEquals(calls[i], new long[] {c.evaluations(), u.evaluations()}, "w " + weights[i]);
            }
        }
    }

    /** For any w the score is that of p(x)^(1 - w) p(x | y)^w at that time: by differences of its logarithm. */
    @ParameterizedTest
    @MethodSource("sdes")
    void itIsTheScoreOfTheSharpenedDensity(Sde sde) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double t : new double[] {0.1, 0.5}) {
                double unit = Math.hypot(sde.meanCoefficient(t), sde.std(t));
                double[] point = {0.3 * unit, -0.5 * unit};
                for (double w : new double[] {1, 3}) {
                    double[] score = classifierFree(sde, 0, w).score(Tensor.of(Shape.of(1, 2), point), t).toDoubles();
                    for (int j = 0; j < 2; j++) {
                        double h = 1e-5 * unit;
                        double slope = (sharpened(sde, moved(point, j, h), t, w) - sharpened(sde, moved(point, j, -h), t, w)) / (2 * h);
                        assertEquals(slope, score[j], 1e-6 * Math.max(1, Math.abs(slope)), sde.name() + ", w " + w);
                    }
                }
            }
        }
    }

    private static double sharpened(Sde sde, double[] x, double t, double w) {
        return (1 - w) * mixture(sde).logDensity(x, t) + w * mixture(sde).component(0).logDensity(x, t);
    }

    private static double[] moved(double[] x, int j, double by) {
        double[] moved = x.clone();
        moved[j] += by;
        return moved;
    }

    /**
     * Samples under guidance in closed form: with p(x) = N(0, 1) and p(x | y) = N(0, v) under VP the guided probability flow is w times
     * as fast as the class's in ln x, so x(0) = x(T) (v_0 / v_T)^(w / 2) with v_t = a^2 v + s^2: of deviation v^(w / 2), which
     * is less than that of the density p(x)^(1 - w) p(x | y)^w.
     */
    @Test
    void guidedSamplesInClosedForm() {
        Sde sde = new VpSde();
        double v = 0.25;
        ScoreFunction c = GaussianScore.diagonal(sde, new double[] {0, 0}, new double[] {Math.sqrt(v), Math.sqrt(v)});
        ScoreFunction u = GaussianScore.diagonal(sde, new double[] {0, 0}, new double[] {1, 1});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor start = Tensor.normal(Shape.of(20, 2), new RandomKey(1, 3, 0, 0));
            for (double w : new double[] {0, 1, 2, 4}) {
                double[] end = Samplers.named("edm").run(new ClassifierFreeGuidance(c, u, w), sde, start, 1, SampleOptions.of(512, 1)).toDoubles();
                double vT = Math.pow(sde.meanCoefficient(1), 2) * v + Math.pow(sde.std(1), 2);
                double[] exact = start.mul(Math.pow(v / vT, w / 2)).toDoubles();
                assertNear(exact, end, 2e-3, "w " + w);
            }
        }
    }

    private static double[] samples(ScoreFunction score, Sde sde, String sampler, int n) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            return Autograd.noGrad(() -> Samplers.named(sampler).sample(score, sde, Shape.of(n, 2), SampleOptions.of(40, 7)).toDoubles());
        }
    }

    private static void assertMoments(double[] samples, int y, String what) {
        int n = samples.length / 2;
        double size = Math.hypot(MEANS[y][0], MEANS[y][1]);
        for (int j = 0; j < 2; j++) {
            double mean = 0;
            for (int i = 0; i < n; i++) {
                mean += samples[2 * i + j] / n;
            }
            double variance = 0;
            for (int i = 0; i < n; i++) {
                variance += Math.pow(samples[2 * i + j] - mean, 2) / n;
            }
            assertEquals(MEANS[y][j], mean, 0.03 * size, what + ": mean");
            assertEquals(STDS[y][j], Math.sqrt(variance), 0.03 * STDS[y][j], what + ": deviation");
        }
    }

    /** Samples of class y have its moments within 3 %, whichever way the score of the class is had. */
    @ParameterizedTest
    @MethodSource("sdes")
    void samplesOfAClassHaveItsMoments(Sde sde) {
        int n = 8000; // a deviation within 0.8 %, a mean within 0.9 % of its length: standard errors
        for (String sampler : List.of("unipc", "dpmpp-2m-sde")) {
            assertMoments(samples(byClassifier(sde, 1, 0), sde, sampler, n), 0, sde.name() + ", classifier, " + sampler);
        }
        assertMoments(samples(classifierFree(sde, 1, 1), sde, "unipc", n), 1, sde.name() + ", classifier-free");
    }

    /** With w the classifier is surer of what is drawn, and what is drawn is less diverse. */
    @Test
    void accuracyRisesAndDiversityFalls() {
        Sde sde = new VpSde();
        double accuracy = 0;
        double spread = Double.POSITIVE_INFINITY;
        for (double w : new double[] {0, 1, 2, 5}) {
            double[] samples = samples(byClassifier(sde, w, 0), sde, "unipc", 2000);
            int right = 0;
            double mean = 0;
            double square = 0;
            for (int i = 0; i < samples.length; i += 2) {
                right += mixture(sde).responsibilities(new double[] {samples[i], samples[i + 1]}, 1e-5)[0] > 0.5 ? 1 : 0;
                mean += samples[i + 1] / 2000;
                square += samples[i + 1] * samples[i + 1] / 2000;
            }
            assertTrue(right > accuracy, "w " + w + ": " + right + " of 2000, after " + accuracy);
            accuracy = right;
            if (w > 0) { // the unguided density is of two components
                assertTrue(square - mean * mean < spread, "w " + w + ": variance " + (square - mean * mean) + ", after " + spread);
                spread = square - mean * mean;
            }
        }
    }

    /** The three strategies: constant, falling linearly with the noise level, and only within a range of it. */
    @Test
    void scales() {
        Sde sde = Sdes.named("ve");
        assertEquals(500, GuidanceScale.constant(500).at(0.3));
        GuidanceScale falling = GuidanceScale.falling(6, sde, 10);
        assertEquals(6, falling.at(1e-9), 0.01);
        assertEquals(3, falling.at(sde.time(5)), 1e-6);
        assertEquals(6 * 0.75, falling.at(sde.time(2.5)), 1e-6);
        assertEquals(0, falling.at(sde.time(11)));
        GuidanceScale within = GuidanceScale.within(4, sde, 0.5, 2);
        assertEquals(0, within.at(sde.time(0.49)));
        assertEquals(4, within.at(sde.time(0.51)));
        assertEquals(4, within.at(sde.time(1.99)));
        assertEquals(0, within.at(sde.time(2.01)));
    }

    /** Where the scale is 0 the score is the unguided one to the bit and the classifier is not asked; elsewhere each image has its own. */
    @Test
    void theScaleIsThatOfTheTime() {
        Sde sde = Sdes.named("ve");
        int[] asked = {0};
        Classifier counted = (x, t) -> {
            asked[0]++;
            return mixture(sde).logits(x, t);
        };
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreFunction guided = new ClassifierGuidance(mixture(sde), counted, new int[] {0}, GuidanceScale.within(1, sde, 0.5, 2));
            Tensor x = points(sde, 0.5, 2);
            double outside = sde.time(3);
            double inside = sde.time(1);
            assertArrayEquals(mixture(sde).score(x, outside).toDoubles(), guided.score(x, outside).toDoubles());
            assertEquals(0, asked[0]);
            double[] both = guided.score(x, new double[] {outside, inside}).toDoubles();
            assertEquals(1, asked[0]);
            assertNear(mixture(sde).score(x.slice(0, 0, 1), outside).toDoubles(), Arrays.copyOf(both, 2), 1e-12, "outside");
            assertNear(mixture(sde).component(0).score(x.slice(0, 1, 2), inside).toDoubles(), Arrays.copyOfRange(both, 2, 4), 1e-10, "inside");
        }
    }

    /** A guided score can be differentiated like any other: its Jacobian's trace is that of the class's score. */
    @Test
    void guidedScoresHaveDerivatives() {
        Sde sde = new VpSde();
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = points(sde, 0.3, 5);
            double[] exact = Jacobian.of(v -> mixture(sde).component(1).score(v, 0.3), x, false).trace().toDoubles();
            assertNear(exact, Jacobian.of(v -> byClassifier(sde, 1, 1).score(v, 0.3), x, false).trace().toDoubles(), 1e-9, "classifier");
            assertNear(exact, Jacobian.of(v -> classifierFree(sde, 1, 1).score(v, 0.3), x, false).trace().toDoubles(), 1e-9, "classifier-free");
        }
    }

    @Test
    void whatCannotGuideIsRefused() {
        Sde sde = new VpSde();
        assertThrows(InputException.class, () -> classifierFree(sde, 0, Double.NaN));
        assertThrows(InputException.class, () -> GuidanceScale.constant(Double.POSITIVE_INFINITY));
        assertThrows(InputException.class, () -> GuidanceScale.falling(1, sde, 0));
        assertThrows(InputException.class, () -> GuidanceScale.within(1, sde, 2, 1));
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = points(sde, 0.3, 3);
            assertTrue(assertThrows(InputException.class, () -> byClassifier(sde, 1, 2).score(x, 0.3)).getMessage().contains("no class 2; use 0 to 1"));
            assertTrue(assertThrows(InputException.class, () -> byClassifier(sde, 1, 0, 1).score(x, 0.3)).getMessage().contains("classes of 2 images"));
        }
    }
}
