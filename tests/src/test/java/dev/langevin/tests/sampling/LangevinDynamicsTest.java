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
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.NoiseLadder;
import dev.langevin.model.sde.VeSde;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.TimeGrid;
import dev.langevin.sampling.stochastic.AnnealedLangevin;
import dev.langevin.sampling.stochastic.LangevinDynamics;
import org.junit.jupiter.api.Test;

/**
 * Rows M-LANG and S-LD (Langevin dynamics with a constant step has the stationary variance and the course that its step predicts; the
 * two conventions of errata X-33 differ by a factor 2) and S-ALD (annealed, it is the paper's algorithm, and finds the shares of
 * components that plain dynamics never leaves).
 */
class LangevinDynamicsTest {
    private static final VeSde SDE = new VeSde(0.01, 50);
    private static final double TIME = 1e-5;
    private static final Shape DRAWS = Shape.of(16, 32, 32, 1);

    /** The other convention's variance, or a noise of sqrt(eps), misses by 14 % and more; four standard errors are 4.4 %. */
    @Test
    void stationaryVarianceIsThatOfItsStep() {
        GaussianScore score = GaussianScore.diagonal(SDE, new double[] {1}, new double[] {0.5});
        double c = score.covariance(TIME)[0][0];
        double eps = 0.5 * c;
        assertEquals(c / (1 - eps / (2 * c)), variance(new LangevinDynamics(eps), score), 4 * Math.sqrt(2.0 / DRAWS.size()) * c / (1 - eps / (2 * c)));
        assertEquals(c / (1 - eps / (4 * c)), variance(LangevinDynamics.ofNoiseVariance(eps), score),
                4 * Math.sqrt(2.0 / DRAWS.size()) * c / (1 - eps / (4 * c)));
    }

    private static double variance(LangevinDynamics dynamics, ScoreFunction score) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double[] x = dynamics.run(score, Tensor.full(DRAWS, 1), TIME, 25, 3, 0).toDoubles();
            return moment(x, 2) - moment(x, 1) * moment(x, 1);
        }
    }

    /**
     * E x and E x^2 after n steps on a mixture whose components overlap, against the density itself carried through the step's
     * kernel on a fine grid, to four standard errors: both fall to the mixture's moments, geometrically, and stop at the bias of the step.
     */
    @Test
    void convergesAsItsKernelSays() {
        GaussianMixtureScore score = GaussianMixtureScore.isotropic(SDE, new double[] {0.3, 0.7}, new double[][] {{-1}, {1}}, new double[] {0.5, 0.5});
        double eps = 0.1;
        double exactMean = 0.4;
        double exactSquare = 1.25;
        int[] after = {0, 1, 2, 5, 10, 20, 40, 80};
        double[][] want = onGrid(score, eps, after);
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.normal(DRAWS, new RandomKey(8, 999, 0, 0)).sub(3);
            int done = 0;
            double before = Double.POSITIVE_INFINITY;
            for (int i = 0; i < after.length; i++) {
                // A seed for each stretch: within one the noise is numbered from 0.
                x = new LangevinDynamics(eps).run(score, x, TIME, after[i] - done, 100 + i, 0);
                done = after[i];
                double[] values = x.toDoubles();
                double spread = Math.sqrt(want[i][1] - want[i][0] * want[i][0]);
                assertEquals(want[i][0], moment(values, 1), 4 * spread / Math.sqrt(values.length), "mean after " + done);
                double fourth = Math.sqrt((moment(values, 4) - moment(values, 2) * moment(values, 2)) / values.length);
                assertEquals(want[i][1], moment(values, 2), 4 * fourth, "square after " + done);
                double distance = Math.abs(want[i][0] - exactMean);
                assertTrue(distance < before, "the mean goes away after " + done);
                before = distance;
            }
        }
        assertTrue(Math.abs(want[7][0] - exactMean) < 0.05, "mean after 80 steps: " + want[7][0]);
        assertTrue(want[7][1] > exactSquare, "the step's bias is upwards: " + want[7][1]);
    }

    /** Moments 1 and 2 after each number of steps from N(-3, 1). */
    private static double[][] onGrid(ScoreFunction score, double eps, int[] after) {
        int n = 700;
        double dx = 0.02;
        double[] s;
        double[] at = new double[n];
        for (int i = 0; i < n; i++) {
            at[i] = -8 + dx * i;
        }
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            s = score.score(Tensor.of(Shape.of(n, 1), at), TIME).toDoubles();
        }
        double[][] kernel = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                kernel[j][i] = normal(at[j] - at[i] - eps * s[i], 2 * eps) * dx;
            }
        }
        double[] p = new double[n];
        for (int i = 0; i < n; i++) {
            p[i] = normal(at[i] + 3, 1);
        }
        double[][] moments = new double[after.length][2];
        int done = 0;
        for (int k = 0; k < after.length; k++) {
            for (; done < after[k]; done++) {
                double[] next = new double[n];
                for (int j = 0; j < n; j++) {
                    for (int i = 0; i < n; i++) {
                        next[j] += kernel[j][i] * p[i];
                    }
                }
                p = next;
            }
            for (int i = 0; i < n; i++) {
                moments[k][0] += at[i] * p[i] * dx;
                moments[k][1] += at[i] * at[i] * p[i] * dx;
            }
        }
        return moments;
    }

    private static double normal(double x, double variance) {
        return Math.exp(-0.5 * x * x / variance) / Math.sqrt(2 * Math.PI * variance);
    }

    private static double moment(double[] x, int power) {
        double sum = 0;
        for (double v : x) {
            sum += Math.pow(v, power) / x.length;
        }
        return sum;
    }

    /** Song and Ermon's example: a fifth of the mass at (-5, -5), the rest at (5, 5), both of variance 1, and a start that is uniform. */
    @Test
    void annealedFindsTheSharesWherePlainFails() {
        VeSde sde = new VeSde(0.3, 20);
        GaussianMixtureScore score = GaussianMixtureScore.isotropic(sde, new double[] {0.2, 0.8}, new double[][] {{-5, -5}, {5, 5}}, new double[] {1, 1});
        Shape shape = Shape.of(4, 32, 32, 2);
        double standardError = Math.sqrt(0.2 * 0.8 / (shape.size() / 2));
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor start = Tensor.uniform(shape, new RandomKey(2, 999, 0, 0)).mul(16).sub(8);
            CountingScore counting = new CountingScore(score);
            Tensor annealed = new AnnealedLangevin(0.2, 60).run(counting, sde, start, sde.endTime(), SampleOptions.of(13, 5));
            assertEquals(0.2, share(annealed), 3 * standardError, "annealed, " + counting.evaluations() + " scores");
            Tensor plain = new LangevinDynamics(0.1).run(score, start, TIME, (int) counting.evaluations(), 5, 0);
            assertTrue(share(plain) > 0.2 + 30 * standardError, "plain: " + share(plain));
        }
    }

    /** The share of draws nearer to (-5, -5). */
    private static double share(Tensor draws) {
        double[] x = draws.toDoubles();
        int count = 0;
        for (int i = 0; i < x.length; i += 2) {
            count += x[i] + x[i + 1] < 0 ? 1 : 0;
        }
        return count * 2.0 / x.length;
    }

    /** Algorithm 1 with the paper's ladder, 1 to 0.01 in ten levels, and its eps = 2e-5. */
    @Test
    void annealedIsThePapersAlgorithm() {
        double ratio = Math.pow(100, 1 / 9.0);
        VeSde sde = new VeSde(0.01, ratio);
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        Shape shape = Shape.of(2, 3, 1);
        int rounds = 4;
        TimeGrid grid = Schedules.LOG_SNR.grid(sde, 1, 10);
        NoiseLadder ladder = new NoiseLadder(sde.std(grid.time(1)), sde.std(grid.time(10)), 10);
        double last = ladder.level(9);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor start = Tensor.normal(shape, new RandomKey(2, 999, 0, 0));
            double[] x = start.toDoubles();
            for (int i = 0; i < 10; i++) {
                double sigma = ladder.level(i);
                double alpha = 0.2 * last * last * sigma * sigma / (last * last);
                for (int k = 0; k < rounds; k++) {
                    double[] z = Tensor.normal(shape, new RandomKey(6, Purpose.CORRECTOR.code(), 0, i * rounds + k)).toDoubles();
                    for (int j = 0; j < x.length; j++) {
                        x[j] += alpha / 2 * -(x[j] - 1) / (0.25 + sigma * sigma) + Math.sqrt(alpha) * z[j];
                    }
                }
            }
            double[] got = AnnealedLangevin.ofRatio(0.2, rounds)
                    .run(score, sde, start, 1, SampleOptions.of(10, 6).withSchedule(Schedules.LOG_SNR)).toDoubles();
            assertArrayEquals(x, got, 1e-11);
        }
    }

    @Test
    void refusesWhatIsNoStep() {
        assertThrows(InputException.class, () -> new LangevinDynamics(0));
        assertThrows(InputException.class, () -> new LangevinDynamics(Double.NaN));
        assertThrows(InputException.class, () -> new AnnealedLangevin(-1, 1));
        assertThrows(InputException.class, () -> new AnnealedLangevin(0.2, 0));
    }
}
