package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows T-DSM-T, T-EPS, T-W-LIKE on F-GAUSS, where every value is known in closed form. */
class LossTest {
    private static final int EXAMPLES = 20_000;
    private static final double[] MEAN = {1, -0.5, 0.2};
    private static final double[] STD = {0.5, 2, 0.1};
    private static final RandomKey NOISE = new RandomKey(1, 2, 0, 0);

    private final ReferenceBackend backend = new ReferenceBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** The network that predicts the noise as well as can be when data are N(mean, std^2): -s times the score. */
    private record ExactNoise(Sde sde, double[] mean, double[] std) implements ScoreNetwork {
        @Override
        public Tensor forward(Tensor in, Tensor t, RandomKey dropout) {
            double[] x = in.toDoubles();
            double[] times = t.toDoubles();
            int d = mean.length;
            for (int i = 0; i < x.length; i++) {
                double a = sde.meanCoefficient(times[i / d]);
                double s = sde.std(times[i / d]);
                double xt = x[i] / Parametrisation.NOISE.in(a, s);
                x[i] = s * (xt - a * mean[i % d]) / (a * a * std[i % d] * std[i % d] + s * s);
            }
            return Tensor.of(in.shape(), x);
        }

        @Override
        public Parameters parameters() {
            return Parameters.create(0);
        }
    }

    private static DenoisingScoreMatching.Loss loss(Sde sde, Weighting weighting, double[] mean, double[] std, double[] t) {
        Shape shape = Shape.of(t.length, 3);
        Tensor x0 = Tensor.normal(shape, new RandomKey(1, 1, 0, 0)).mul(Tensor.of(Shape.of(3), STD)).add(Tensor.of(Shape.of(3), MEAN));
        NetworkScore score = new NetworkScore(new ExactNoise(sde, mean, std), Parametrisation.NOISE, sde);
        return new DenoisingScoreMatching(score, weighting).of(x0, t, NOISE, null);
    }

    /** E|z - z*|^2 of one coordinate: the variance of z given x_t, a^2 c^2 / (a^2 c^2 + s^2). */
    private static double leastError(Sde sde, double t) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        return Arrays.stream(STD).map(c -> a * a * c * c / (a * a * c * c + s * s)).average().orElseThrow();
    }

    /** With the exact prediction the loss is its minimum, which is known: within 4 standard errors, at any weighting. */
    @ParameterizedTest
    @MethodSource("sdes")
    void leastLossOfGaussianDataIsAnalytic(Sde sde) {
        double[] all = Times.STRATIFIED.draw(sde, 3, 1, 0, EXAMPLES, EXAMPLES);
        for (Weighting weighting : Weighting.ALL) {
            // With weight 1 the loss is 1/s^2: from t = 0 on a few examples would make all of it.
            double[] t = weighting == Weighting.UNIFORM ? Arrays.stream(all).map(u -> 0.2 + 0.8 * u).toArray() : all;
            DenoisingScoreMatching.Loss loss = loss(sde, weighting, MEAN, STD, t);
            double[] errors = loss.perExample().toDoubles();
            double expected = 0;
            double actual = 0;
            double square = 0;
            for (int i = 0; i < EXAMPLES; i++) {
                double w = weighting.scoreWeight(sde, t[i]) / Math.pow(sde.std(t[i]), 2);
                expected += w * leastError(sde, t[i]) / EXAMPLES;
                actual += w * errors[i] / EXAMPLES;
                square += Math.pow(w * (errors[i] - leastError(sde, t[i])), 2) / EXAMPLES;
            }
            double se = Math.sqrt(square / EXAMPLES);
            assertEquals(actual, loss.mean().item(), 1e-9 * actual, weighting + ": mean of the weighted errors");
            assertEquals(expected, actual, 4 * se, sde.name() + " " + weighting);
            assertTrue(4 * se < 0.5 * expected, "a check that can fail");
        }
    }

    /** Any other prediction is worse. */
    @ParameterizedTest
    @MethodSource("sdes")
    void anotherPredictionIsWorse(Sde sde) {
        double[] t = Times.UNIFORM.draw(sde, 3, 1, 0, EXAMPLES, EXAMPLES);
        double least = loss(sde, Weighting.SIGMA2, MEAN, STD, t).mean().item();
        assertTrue(loss(sde, Weighting.SIGMA2, new double[] {0.8, -0.5, 0.2}, STD, t).mean().item() > least);
        assertTrue(loss(sde, Weighting.SIGMA2, MEAN, new double[] {0.5, 1.6, 0.1}, t).mean().item() > least);
    }

    /**
     * Likelihood weighting: between data N(m, C) and a model that is exact for N(m', C'), half the integral of g^2 times
     * the expected squared distance of the scores is KL at time 0 less KL at time T (Song, Durkan, Murray and Ermon
     * 2021, theorem 1 with equality for the exact reverse process); the distance is the loss less its minimum.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void likelihoodWeightingMeasuresTheDivergence(Sde sde) {
        double[] otherMean = {0.7, 0, 0.25};
        double[] otherStd = {0.6, 1.7, 0.12};
        double[] t = Times.STRATIFIED.draw(sde, 3, 1, 0, EXAMPLES, EXAMPLES);
        double[] model = loss(sde, Weighting.LIKELIHOOD, otherMean, otherStd, t).perExample().toDoubles();
        double[] exact = loss(sde, Weighting.LIKELIHOOD, MEAN, STD, t).perExample().toDoubles();
        double mean = 0;
        double square = 0;
        for (int i = 0; i < EXAMPLES; i++) {
            double d = 3 * Math.pow(sde.diffusion(t[i]) / sde.std(t[i]), 2) * (model[i] - exact[i]) / 2;
            mean += d / EXAMPLES;
            square += d * d / EXAMPLES;
        }
        double eps = sde.trainingEpsilon();
        double interval = sde.endTime() - eps;
        double se = interval * Math.sqrt((square - mean * mean) / EXAMPLES);
        double expected = divergence(sde, eps, otherMean, otherStd) - divergence(sde, sde.endTime(), otherMean, otherStd);
        assertEquals(expected, interval * mean, 4 * se, sde.name());
        assertTrue(4 * se < 0.5 * expected, "a check that can fail: " + 4 * se + " of " + expected);
    }

    /** KL(N(a MEAN, a^2 STD^2 + s^2) | N(a m, a^2 std^2 + s^2)), independent coordinates. */
    private static double divergence(Sde sde, double t, double[] m, double[] std) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        double sum = 0;
        for (int i = 0; i < m.length; i++) {
            double p = a * a * STD[i] * STD[i] + s * s;
            double q = a * a * std[i] * std[i] + s * s;
            sum += 0.5 * (p / q - 1 + Math.log(q / p) + Math.pow(a * (MEAN[i] - m[i]), 2) / q);
        }
        return sum;
    }

    /** lambda = s^2 with a score network, and the plain noise loss |F - z|^2: one value and one gradient for every weight. */
    @ParameterizedTest
    @MethodSource("sdes")
    void simpleNoiseLossIsSigma2Weighting(Sde sde) {
        double[] t = Times.UNIFORM.draw(sde, 3, 1, 0, 16, 16);
        Tensor x0 = Tensor.normal(Shape.of(16, 2), new RandomKey(1, 1, 0, 0));
        Tensor z = Tensor.normal(Shape.of(16, 2), NOISE);
        ScoreMlp net = new ScoreMlp(2, 8, 2, 999, Parameters.create(4));
        Tensor[] wrt = net.parameters().map().values().toArray(Tensor[]::new);
        double[] a = Arrays.stream(t).map(sde::meanCoefficient).toArray();
        double[] s = Arrays.stream(t).map(sde::std).toArray();
        double[] in = new double[16];
        Arrays.setAll(in, i -> 1 / Math.sqrt(a[i] * a[i] + s[i] * s[i]));
        Tensor xt = x0.mul(Tensor.of(Shape.of(16, 1), a)).add(z.mul(Tensor.of(Shape.of(16, 1), s)));
        Tensor simple = net.forward(xt.mul(Tensor.of(Shape.of(16, 1), in)), Tensor.of(Shape.of(16), t), null).sub(z).square().mean();
        Tensor[] expected = Autograd.gradients(simple, false, wrt);
        DenoisingScoreMatching.Loss dsm = new DenoisingScoreMatching(new NetworkScore(net, Parametrisation.NOISE, sde), Weighting.SIGMA2)
                .of(x0, t, NOISE, null);
        assertEquals(simple.item(), dsm.mean().item(), 1e-12);
        Tensor[] actual = Autograd.gradients(dsm.mean(), false, wrt);
        for (int i = 0; i < wrt.length; i++) {
            assertArrayEquals(expected[i].toDoubles(), actual[i].toDoubles(), 1e-12);
        }
    }

    @Test
    void weights() {
        for (double t : new double[] {0.01, 0.5, 1}) {
            double beta = 0.1 + t * (20 - 0.1);
            double integral = 0.1 * t + 0.5 * t * t * 19.9;
            assertEquals(beta, Weighting.LIKELIHOOD.scoreWeight(new VpSde(0.1, 20), t), 1e-12 * beta);
            assertEquals(1 - Math.exp(-integral), Weighting.SIGMA2.scoreWeight(new VpSde(0.1, 20), t), 1e-12);
            assertEquals(beta * (1 - Math.exp(-2 * integral)), Weighting.LIKELIHOOD.scoreWeight(new SubVpSde(0.1, 20), t), 1e-12 * beta);
            double sigma = 0.01 * Math.pow(5000, t);
            assertEquals(2 * sigma * sigma * Math.log(5000), Weighting.LIKELIHOOD.scoreWeight(new VeSde(0.01, 50), t), 1e-9 * sigma * sigma);
            double snr = Math.exp(-integral) / (1 - Math.exp(-integral));
            assertEquals(1 / snr, Weighting.X0.noiseWeight(new VpSde(0.1, 20), t), 1e-9 / snr);
            assertEquals(1 + 1 / snr, Weighting.V.noiseWeight(new VpSde(0.1, 20), t), 1e-9 / snr);
            assertEquals(Math.min(snr, 5) / snr, Weighting.minSnr(5).noiseWeight(new VpSde(0.1, 20), t), 1e-9);
            assertEquals(Math.max(snr, 1) / snr, Weighting.TRUNCATED_SNR.noiseWeight(new VpSde(0.1, 20), t), 1e-9 / snr);
            for (Sde sde : Sdes.all()) {
                assertEquals(1, Weighting.UNIFORM.scoreWeight(sde, t), 1e-15);
            }
        }
        for (Weighting weighting : Weighting.ALL) {
            assertEquals(weighting.name(), Weighting.named(weighting.name(), 5, 0.5).name());
        }
        InputException unknown = assertThrows(InputException.class, () -> Weighting.named("snr-min", 5, 0.5));
        assertTrue(unknown.getMessage().contains("snr-min") && unknown.getMessage().contains("min-snr"), unknown.getMessage());
        assertThrows(InputException.class, () -> Weighting.minSnr(0));
        assertThrows(InputException.class, () -> Weighting.edm(-1));
    }
}
