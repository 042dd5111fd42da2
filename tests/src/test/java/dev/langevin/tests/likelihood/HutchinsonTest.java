package dev.langevin.tests.likelihood;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Row L-HUTCH: estimates of the trace are unbiased, for a score and for the likelihood that is made of it, and of the variances
 * that theory gives: 2 (|J|^2 - sum_i J_ii^2) for Rademacher's probes and 2 |J|^2 for Gaussian ones, J symmetric.
 */
class HutchinsonTest {
    private static final int PROBES = 4096;
    private static final Sde SDE = Sdes.named("vp");
    private static final double TIME = 0.2;

    private static GaussianScore score() {
        return new GaussianScore(SDE, new double[] {0, 0, 0}, new double[][] {{1, 0.6, -0.3}, {0.6, 1.2, 0.2}, {-0.3, 0.2, 0.7}});
    }

    private record Sample(double mean, double variance, double exact, double squares, double diagonalSquares) {
        double error() {
            return Math.abs(mean - exact) / Math.sqrt(variance / PROBES);
        }
    }

    private static Sample sample(Probe probe) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.zeros(Shape.of(PROBES, 3));
            Jacobian jacobian = Jacobian.of(y -> score().score(y, TIME), x, false);
            int[] rows = IntStream.range(0, PROBES).toArray();
            double[] estimates = Divergence.hutchinson(probe).begin(x.shape(), new RandomKey(1, 2, 0, 0)).of(jacobian, rows).toDoubles();
            double exact = Divergence.EXACT.begin(x.shape(), null).of(jacobian, rows).toDoubles()[0];
            double squares = 0;
            double diagonal = 0;
            for (int j = 0; j < 3; j++) {
                double[] unit = new double[3];
                unit[j] = 1;
                Tensor v = Tensor.of(Shape.of(1, 3), unit).broadcastTo(x.shape());
                double[] column = Arrays.copyOf(jacobian.transposedTimes(v).toDoubles(), 3);
                squares += Arrays.stream(column).map(c -> c * c).sum();
                diagonal += column[j] * column[j];
            }
            double mean = Arrays.stream(estimates).average().orElseThrow();
            double variance = Arrays.stream(estimates).map(e -> (e - mean) * (e - mean)).sum() / (PROBES - 1);
            return new Sample(mean, variance, exact, squares, diagonal);
        }
    }

    @ParameterizedTest
    @EnumSource(Probe.class)
    void estimatesAreUnbiased(Probe probe) {
        Sample sample = sample(probe);
        assertTrue(sample.error() < 4, probe + ": " + sample);
        assertTrue(sample.exact() < -1 && sample.variance() > 0.01, sample.toString());
    }

    /** Within 4 standard errors of a variance, sqrt((kurtosis - 1) / n) of it: with 4096 probes 9 % for signs (kurtosis 3), and up to 23 % for normals (15). */
    @Test
    void variancesAreThoseOfTheory() {
        Sample rademacher = sample(Probe.RADEMACHER);
        Sample gaussian = sample(Probe.GAUSSIAN);
        assertEquals(1, rademacher.variance() / (2 * (rademacher.squares() - rademacher.diagonalSquares())), 0.1);
        assertEquals(1, gaussian.variance() / (2 * gaussian.squares()), 0.2);
        assertTrue(rademacher.variance() < 0.5 * gaussian.variance(), rademacher + " and " + gaussian);
    }

    /** Of one point by many probes: their mean is what the exact trace gives. */
    @ParameterizedTest
    @EnumSource(value = Probe.class, names = {"RADEMACHER", "GAUSSIAN"})
    void likelihoodsAreUnbiased(Probe probe) {
        int n = 64;
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] flat = new double[3 * n];
            for (int i = 0; i < n; i++) {
                flat[3 * i] = 0.5;
                flat[3 * i + 1] = -0.4;
                flat[3 * i + 2] = 0.3;
            }
            RandomKey key = new RandomKey(1, 2, 0, 0);
            double[] estimates = new OdeLikelihood(SDE, Tolerance.of(1e-4), Divergence.hutchinson(probe))
                    .of(score(), Tensor.of(Shape.of(n, 3), flat), key, share -> { }).nats();
            double exact = new OdeLikelihood(SDE, Tolerance.of(1e-5), Divergence.EXACT)
                    .of(score(), Tensor.of(Shape.of(1, 3), Arrays.copyOf(flat, 3)), key, share -> { }).nats()[0];
            double mean = Arrays.stream(estimates).average().orElseThrow();
            double deviation = Math.sqrt(Arrays.stream(estimates).map(e -> (e - mean) * (e - mean)).sum() / (n - 1));
            assertEquals(exact, mean, 4 * deviation / Math.sqrt(n) + 1e-3, probe + ": deviation " + deviation);
            assertTrue(deviation > 0.1, "estimates of correlated coordinates differ: " + deviation);
        }
    }
}
