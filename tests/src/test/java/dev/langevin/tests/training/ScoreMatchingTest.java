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
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.ExplicitScoreMatching;
import dev.langevin.training.loss.NoisedScoreMatching;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.ScoreMatching;
import dev.langevin.training.loss.SlicedScoreMatching;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows T-ESM, T-SSM and X-06 in double: a linear score becomes that of F-GAUSS, the trace and the gradients equal finite
 * differences, sliced losses have the explicit one's mean, and under a forward process that of denoising score matching.
 */
class ScoreMatchingTest {
    private static final double[] MEAN = {1, -0.5};
    private static final double[][] COVARIANCE = {{0.25, 0.08}, {0.08, 0.16}};
    private static final RandomKey KEY = new RandomKey(3, 5, 0, 0);

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

    static Stream<ScoreMatching> matchings() {
        return Stream.concat(Stream.of(new ExplicitScoreMatching()), Arrays.stream(Probe.values())
                .flatMap(probe -> Stream.of(new SlicedScoreMatching(probe, 1, false), new SlicedScoreMatching(probe, 2, true))));
    }

    /** What seed 002 prints: (1/2) v^T J v + v^T s + (1/2) |s|^2. */
    private static Tensor wrongSliced(Jacobian s, RandomKey key) {
        Tensor v = Probe.GAUSSIAN.draw(s.x().shape(), key);
        Tensor linear = s.value().mul(v).sum(1);
        return s.quadratic(v).mul(0.5).add(linear).add(s.value().square().sum(1).mul(0.5));
    }

    /** Draws of N(MEAN, COVARIANCE): by the factor L of C = L L^T. */
    private static Tensor gaussian(int n) {
        double l11 = Math.sqrt(COVARIANCE[0][0]);
        double l21 = COVARIANCE[1][0] / l11;
        double l22 = Math.sqrt(COVARIANCE[1][1] - l21 * l21);
        return Tensor.normal(Shape.of(n, 2), new RandomKey(1, 1, 0, 0))
                .linear(Tensor.of(Shape.of(2, 2), l11, 0, l21, l22), Tensor.of(Shape.of(2), MEAN));
    }

    /**
     * The minimum of the mean loss of s(x) = W x + b at points x, d of them: the loss is quadratic in (W, b), so its gradient
     * at 0 and at each unit vector tells where it vanishes. W row-major, then b.
     */
    private static double[] trainedLinearScore(ScoreMatching matching, Tensor x) {
        int d = x.dim(1);
        int count = d * d + d;
        double[] first = gradient(matching, x, new double[count]);
        double[][] hessian = new double[count][count];
        for (int j = 0; j < count; j++) {
            double[] theta = new double[count];
            theta[j] = 1;
            double[] g = gradient(matching, x, theta);
            for (int i = 0; i < count; i++) {
                hessian[i][j] = g[i] - first[i];
            }
        }
        return new LUDecomposition(new Array2DRowRealMatrix(hessian)).getSolver().solve(new ArrayRealVector(first).mapMultiply(-1)).toArray();
    }

    private static double[] gradient(ScoreMatching matching, Tensor x, double[] theta) {
        int d = x.dim(1);
        try (Scope inner = Scope.open()) {
            Tensor w = Tensor.of(Shape.of(d, d), Arrays.copyOf(theta, d * d)).requireGrad();
            Tensor b = Tensor.of(Shape.of(d), Arrays.copyOfRange(theta, d * d, theta.length)).requireGrad();
            Tensor loss = matching.of(Jacobian.of(u -> u.linear(w, b), x, true), KEY).mean();
            Tensor[] g = Autograd.gradients(loss, false, w, b);
            double[] all = Arrays.copyOf(g[0].toDoubles(), theta.length);
            System.arraycopy(g[1].toDoubles(), 0, all, d * d, d);
            return all;
        }
    }

    /** Parameters -C^-1 and C^-1 m, to 2 % of the largest; 60,000 draws know C to about 0.6 %, and plain slicing adds as much. */
    @ParameterizedTest
    @MethodSource("matchings")
    void aLinearScoreBecomesThatOfTheGaussian(ScoreMatching matching) {
        double[] trained = trainedLinearScore(matching, gaussian(60_000));
        double det = COVARIANCE[0][0] * COVARIANCE[1][1] - COVARIANCE[0][1] * COVARIANCE[1][0];
        double[][] precision = {{COVARIANCE[1][1] / det, -COVARIANCE[0][1] / det}, {-COVARIANCE[1][0] / det, COVARIANCE[0][0] / det}};
        double[] exact = {-precision[0][0], -precision[0][1], -precision[1][0], -precision[1][1],
            precision[0][0] * MEAN[0] + precision[0][1] * MEAN[1], precision[1][0] * MEAN[0] + precision[1][1] * MEAN[1]};
        double largest = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
        assertArrayEquals(exact, trained, 0.02 * largest, matching.toString());
    }

    /** C = 0.25: every matching gives a weight of 4; with the seed's formula it is 2. */
    @Test
    void theWeightOfAVarianceOfAQuarterIsFour() {
        Tensor x = Tensor.normal(Shape.of(60_000, 1), new RandomKey(1, 1, 0, 0)).mul(0.5);
        matchings().forEach(matching -> assertEquals(-4, trainedLinearScore(matching, x)[0], 0.08, matching.toString()));
        assertEquals(-2, trainedLinearScore(ScoreMatchingTest::wrongSliced, x)[0], 0.08);
    }

    private static UnaryOperator<Tensor> mlp(int d) {
        ScoreMlp net = new ScoreMlp(d, 12, 2, 10, Parameters.create(2));
        return x -> net.forward(x, Tensor.full(Shape.of(x.dim(0)), 0.3), null).mul(5);
    }

    @Test
    void traceEqualsFiniteDifferences() {
        int d = 5;
        double h = 1e-5;
        UnaryOperator<Tensor> f = mlp(d);
        Tensor x = Tensor.normal(Shape.of(4, d), new RandomKey(1, 1, 0, 0));
        double[] numeric = new double[4];
        for (int j = 0; j < d; j++) {
            double[] unit = new double[d];
            unit[j] = h;
            Tensor step = Tensor.of(Shape.of(1, d), unit);
            double[] up = f.apply(x.add(step)).toDoubles();
            double[] down = f.apply(x.sub(step)).toDoubles();
            for (int i = 0; i < 4; i++) {
                numeric[i] += (up[i * d + j] - down[i * d + j]) / (2 * h);
            }
        }
        double[] exact = Autograd.noGrad(() -> Jacobian.of(f, x, false).trace()).toDoubles();
        assertArrayEquals(numeric, exact, 1e-8);
        double[] value = f.apply(x).toDoubles();
        double[] loss = new ExplicitScoreMatching().of(Jacobian.of(f, x, false), KEY).toDoubles();
        for (int i = 0; i < 4; i++) {
            double square = 0;
            for (int j = 0; j < d; j++) {
                square += value[i * d + j] * value[i * d + j];
            }
            assertEquals(exact[i] + 0.5 * square, loss[i], 1e-12 * Math.abs(loss[i]));
        }
    }

    /** Mean and variance over directions at one point, 4 SE; the point is repeated, each copy with its own direction. */
    @ParameterizedTest
    @EnumSource(Probe.class)
    void slicedLossesHaveTheExplicitMean(Probe probe) {
        int n = 20_000;
        int d = 4;
        UnaryOperator<Tensor> f = mlp(d);
        Tensor point = Tensor.normal(Shape.of(1, d), new RandomKey(1, 1, 0, 0));
        double exact = new ExplicitScoreMatching().of(Jacobian.of(f, point, false), KEY).item();
        Jacobian many = Jacobian.of(f, point.broadcastTo(Shape.of(n, d)), false);
        double[] variance = new double[2];
        for (boolean reduced : new boolean[] {false, true}) {
            Tensor losses = new SlicedScoreMatching(probe, 1, reduced).of(many, KEY);
            variance[reduced ? 1 : 0] = variance(losses);
            double se = Math.sqrt(variance[reduced ? 1 : 0] / n);
            assertEquals(exact, losses.mean().item(), 4 * se, probe + " reduced " + reduced);
            assertTrue(4 * se < 0.05 * Math.abs(exact), "a check that can fail: " + 4 * se + " of " + exact);
        }
        assertTrue(variance[1] < variance[0], probe + ": " + Arrays.toString(variance));
    }

    /**
     * For s = -x and normal v the variances are known: 2 d reduced, 2 d + r^4 / 2 - 2 r^2 plain, which is the less of the two
     * where r = |x| is below 2. To 5 %, four standard errors or more at 50,000 directions.
     */
    @Test
    void variancesOfAStandardNormal() {
        int n = 50_000;
        for (double r : new double[] {1, 4}) {
            Jacobian field = Jacobian.of(Tensor::neg, Tensor.of(Shape.of(1, 3), 0, r, 0).broadcastTo(Shape.of(n, 3)), false);
            assertEquals(6, variance(new SlicedScoreMatching(Probe.GAUSSIAN, 1, true).of(field, KEY)), 0.3);
            double plain = 6 + Math.pow(r, 4) / 2 - 2 * r * r;
            assertEquals(plain, variance(new SlicedScoreMatching(Probe.GAUSSIAN, 1, false).of(field, KEY)), 0.05 * plain);
        }
    }

    private static double variance(Tensor losses) {
        double[] values = losses.toDoubles();
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values).map(l -> (l - mean) * (l - mean)).average().orElseThrow();
    }

    /** m directions are m independent estimates: the variance is divided by m, to 10 %. */
    @Test
    void moreProjectionsMakeTheVarianceSmaller() {
        UnaryOperator<Tensor> f = mlp(4);
        Tensor points = Tensor.normal(Shape.of(1, 4), new RandomKey(1, 1, 0, 0)).broadcastTo(Shape.of(10_000, 4));
        double[] variance = new double[2];
        int[] projections = {1, 4};
        for (int k = 0; k < 2; k++) {
            variance[k] = variance(new SlicedScoreMatching(Probe.GAUSSIAN, projections[k], true).of(Jacobian.of(f, points, false), KEY));
        }
        assertEquals(variance[0] / 4, variance[1], 0.1 * variance[0] / 4);
        assertThrows(InputException.class, () -> new SlicedScoreMatching(Probe.SPHERE, 0, true));
    }

    /** Third derivatives: the loss holds first ones in x, its gradient those in the weights; to 1e-7 of the largest. */
    @ParameterizedTest
    @MethodSource("matchings")
    void gradientsEqualFiniteDifferences(ScoreMatching matching) {
        double h = 1e-5;
        ScoreMlp net = new ScoreMlp(3, 6, 2, 10, Parameters.create(2));
        Tensor[] weights = net.parameters().map().values().toArray(Tensor[]::new);
        NetworkScore score = new NetworkScore(net, Parametrisation.NOISE, Sdes.named("vp"));
        Objective objective = new NoisedScoreMatching(score, Weighting.SIGMA2, matching);
        Tensor x0 = Tensor.normal(Shape.of(3, 3), new RandomKey(1, 1, 0, 0));
        double[] t = {0.05, 0.3, 0.9};
        double[][] exact = Arrays.stream(Autograd.gradients(objective.of(x0, t, KEY, null).mean(), false, weights))
                .map(Tensor::toDoubles).toArray(double[][]::new);
        double largest = Arrays.stream(exact).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
        for (int k = 0; k < weights.length; k++) {
            int e = (int) (Philox.uniform(8, 8, k, 0, 0) * weights[k].size());
            double[] unit = new double[weights[k].size()];
            unit[e] = h;
            Tensor step = Tensor.of(weights[k].shape(), unit);
            double[] loss = new double[2];
            for (int side = 0; side < 2; side++) {
                Tensor before = weights[k].detach().mul(1);
                new Assign().apply(weights[k], side == 0 ? before.add(step) : before.sub(step));
                loss[side] = objective.of(x0, t, KEY, null).mean().item();
                new Assign().apply(weights[k], before);
            }
            assertEquals((loss[0] - loss[1]) / (2 * h), exact[k][e], 1e-7 * largest, "weight " + k + "[" + e + "]");
        }
    }

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** Explicit matching of the noised density and denoising score matching: one loss in the mean over the noise, at every time. */
    @ParameterizedTest
    @MethodSource("sdes")
    void noisedMatchingHasTheMeanOfDenoising(Sde sde) {
        int n = 5_000;
        Tensor x0 = Tensor.normal(Shape.of(n, 2), new RandomKey(1, 1, 0, 0));
        NetworkScore score = new NetworkScore(new ScoreMlp(2, 8, 2, 10, Parameters.create(2)), Parametrisation.NOISE, sde);
        double[] t = Times.STRATIFIED.draw(sde, 3, 1, 0, n, n);
        Objective.Loss dsm = new DenoisingScoreMatching(score, Weighting.LIKELIHOOD).of(x0, t, KEY, null);
        Objective.Loss esm = new NoisedScoreMatching(score, Weighting.LIKELIHOOD, new ExplicitScoreMatching()).of(x0, t, KEY, null);
        double[] a = dsm.perExample().toDoubles();
        double[] b = esm.perExample().toDoubles();
        double mean = 0;
        double square = 0;
        double weighted = 0;
        for (int i = 0; i < n; i++) {
            mean += (a[i] - b[i]) / n;
            square += (a[i] - b[i]) * (a[i] - b[i]) / n;
            weighted += b[i] * Math.pow(sde.diffusion(t[i]) / sde.std(t[i]), 2) / n;
        }
        double se = Math.sqrt(square / n);
        assertEquals(0, mean, 4 * se, sde.name());
        assertTrue(4 * se < 0.1, "a check that can fail: the loss is about 1");
        assertEquals(weighted, esm.mean().item(), 1e-9 * Math.abs(weighted), "mean of the weighted errors");
    }
}
