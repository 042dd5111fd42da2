package dev.langevin.tests.likelihood;

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
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Probe;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows L-ODE and M-CNF: log-likelihoods by the change of variables along the probability flow. What is exact for an exact score is
 * ln p_eps(x) = integral + ln p_T(x_T) with the true p_T, for densities of any shape; the normal prior in p_T's place is off by a
 * known amount. Caught: the integral's sign (X-50: -1.6121 at the mode of F-GAUSS instead of -0.2258), a prior that is taken
 * elsewhere or of variance 1 for VE, a divergence without gradients, a new probe at each time.
 */
class OdeLikelihoodTest {
    private static final double[][] POINTS = {{-1.5, 1.2}, {1, -0.8}, {0.3, -0.2}, {2.1, -1.5}, {-1.2, 0.7}};
    private static final RandomKey PROBES = new RandomKey(3, 1, 0, 0);

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianMixtureScore mixture(Sde sde) {
        return new GaussianMixtureScore(sde, new double[] {0.4, 0.6}, new double[][] {{-1.5, 1.2}, {1, -0.8}}, new double[][] {{0.3, 0.3}, {0.35, 0.3}});
    }

    private static Tensor tensor(double[][] points) {
        return Tensor.of(Shape.of(points.length, points[0].length), Arrays.stream(points).flatMapToDouble(Arrays::stream).toArray());
    }

    private static OdeLikelihood.Result measure(ScoreFunction score, Sde sde, double tolerance, Divergence divergence, double[][] points) {
        return new OdeLikelihood(sde, Tolerance.of(tolerance), divergence).of(score, tensor(points), PROBES, share -> { });
    }

    /** ln N(z; 0, priorStd^2 I). */
    private static double logPrior(Sde sde, double... z) {
        double sum = 0;
        for (double v : z) {
            sum -= 0.5 * v * v / (sde.priorStd() * sde.priorStd()) + Math.log(sde.priorStd()) + 0.5 * Math.log(2 * Math.PI);
        }
        return sum;
    }

    /** At the mode of N(1, 0.25) it is -0.2258; elsewhere the flow's closed form gives the value that the prior leads to. */
    @ParameterizedTest
    @MethodSource("sdes")
    void gaussian(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        double[][] x = {{1}, {0.2}, {2.1}};
        try (Backend reference = new ReferenceBackend(); Backend cpu = new CpuBackend()) {
            for (Backend backend : List.of(reference, cpu)) {
                try (Scope scope = Scope.open(backend)) {
                    OdeLikelihood.Result got = measure(score, sde, 1e-6, Divergence.EXACT, x);
                    for (int i = 0; i < x.length; i++) {
                        double eps = sde.trainingEpsilon();
                        double[] z = score.flow(x[i], eps, sde.endTime());
                        double exact = score.logDensity(x[i], eps) - score.logDensity(z, sde.endTime()) + logPrior(sde, z);
                        assertEquals(exact, got.nats()[i], 2e-5, sde.name() + " on " + backend.name() + " at " + x[i][0]);
                    }
                    // VE's own noise at eps, 0.01, and its prior, which knows no mean, take 2e-4 each off the data's density.
                    assertEquals(-0.2258, got.nats()[0], sde.name().equals("ve") ? 5e-4 : 1e-4, sde.name() + " on " + backend.name());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void mixtureOfGaussians(Sde sde) {
        try (Backend reference = new ReferenceBackend(); Backend cpu = new CpuBackend()) {
            for (Backend backend : List.of(reference, cpu)) {
                try (Scope scope = Scope.open(backend)) {
                    OdeLikelihood.Result got = measure(mixture(sde), sde, 1e-6, Divergence.EXACT, POINTS);
                    double[] z = got.latents().toDoubles();
                    for (int i = 0; i < POINTS.length; i++) {
                        double[] end = Arrays.copyOfRange(z, 2 * i, 2 * i + 2);
                        double density = mixture(sde).logDensity(POINTS[i], sde.trainingEpsilon());
                        assertEquals(density - mixture(sde).logDensity(end, sde.endTime()), got.integrals()[i], 1e-4, sde.name());
                        assertEquals(got.integrals()[i] + logPrior(sde, end), got.nats()[i], 1e-4, sde.name());
                        // VE's prior is narrower than the truth by the data's variance, up to 8e-3 nats far out.
                        assertEquals(density, got.nats()[i], sde.name().equals("ve") ? 1e-2 : 1e-3, sde.name());
                    }
                }
            }
        }
    }

    /** A density of a network that knows nothing: whatever it is, it integrates to 1 over the plane. */
    @ParameterizedTest
    @MethodSource("sdes")
    void densityOfANetworkIntegratesToOne(Sde sde) {
        double side = 0.5;
        int half = 9;
        double[][] grid = new double[(2 * half + 1) * (2 * half + 1)][];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = new double[] {side * (i / (2 * half + 1) - half), side * (i % (2 * half + 1) - half)};
        }
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            NetworkScore score = new NetworkScore(new ScoreMlp(2, 16, 1, 10, Parameters.create(5)), Parametrisation.V, sde);
            double[] nats = measure(score, sde, 1e-4, Divergence.EXACT, grid).nats();
            double sum = Arrays.stream(nats).map(Math::exp).sum() * side * side;
            assertEquals(1, sum, 2e-3, sde.name());
        }
    }

    /** For a Jacobian that is diagonal, as a round Gaussian's, v^T J v with entries 1 and -1 is the trace. */
    @Test
    void rademacherIsExactForADiagonalJacobian() {
        Sde sde = Sdes.named("vp");
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 0.2});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] exact = measure(score, sde, 1e-7, Divergence.EXACT, POINTS).nats();
            assertArrayEquals(exact, measure(score, sde, 1e-7, Divergence.hutchinson(Probe.RADEMACHER), POINTS).nats(), 1e-6);
            double[] gaussian = measure(score, sde, 1e-7, Divergence.hutchinson(Probe.GAUSSIAN), POINTS).nats();
            assertTrue(Math.abs(gaussian[0] - exact[0]) > 0.01, "a Gaussian probe's own length is lost");
        }
    }

    /** One probe for a solve: the field stays smooth, and steps are about as many as with the exact trace. */
    @Test
    void aProbeIsKeptForTheWholeSolve() {
        Sde sde = Sdes.named("vp");
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            int exact = Arrays.stream(measure(mixture(sde), sde, 1e-5, Divergence.EXACT, POINTS).evaluations()).sum();
            OdeLikelihood.Result probed = measure(mixture(sde), sde, 1e-5, Divergence.hutchinson(Probe.RADEMACHER), POINTS);
            assertTrue(Arrays.stream(probed.evaluations()).sum() < 1.5 * exact, Arrays.toString(probed.evaluations()) + ", exact " + exact);
        }
    }

    /** With its own number in the run an image has the same bits alone; and within noGrad, which must not stop the divergence. */
    @Test
    void imageDoesNotDependOnItsBatch() {
        Sde sde = Sdes.named("vp");
        OdeLikelihood likelihood = new OdeLikelihood(sde, Tolerance.of(1e-4), Divergence.hutchinson(Probe.GAUSSIAN));
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            NetworkScore score = new NetworkScore(new ScoreMlp(2, 16, 1, 10, Parameters.create(5)), Parametrisation.V, sde);
            OdeLikelihood.Result together = likelihood.of(score, tensor(POINTS), new RandomKey(3, 1, 10, 0), share -> { });
            for (int i = 0; i < POINTS.length; i++) {
                int image = i;
                OdeLikelihood.Result alone = Autograd.noGrad(() -> likelihood.of(score, tensor(new double[][] {POINTS[image]}),
                        new RandomKey(3, 1, 10 + image, 0), share -> { }));
                assertEquals(alone.nats()[0], together.nats()[i], 0, "image " + i);
                assertEquals(alone.evaluations()[0], together.evaluations()[i]);
            }
        }
    }

    @Test
    void memoryIsFlat() {
        Sde sde = Sdes.named("vp");
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            NetworkScore score = new NetworkScore(new ScoreMlp(2, 16, 1, 10, Parameters.create(5)), Parametrisation.V, sde);
            List<Long> held = new ArrayList<>();
            OdeLikelihood likelihood = new OdeLikelihood(sde, Tolerance.of(1e-6), Divergence.EXACT);
            for (int round = 0; round < 3; round++) {
                try (Scope inner = Scope.open()) {
                    likelihood.of(score, tensor(POINTS), PROBES, share -> held.add(backend.bytesHeld()));
                }
            }
            int steps = held.size() / 3;
            assertTrue(steps > 10, "steps: " + steps);
            assertEquals(held.get(3), held.get(steps - 1), "bytes held after four steps and after all");
            assertEquals(held.get(steps), held.getLast(), "and in all solves after the first");
        }
    }

    @Test
    void refusesATimeThatIsNone() {
        for (double eps : new double[] {0, 1, -1, Double.NaN}) {
            assertThrows(InputException.class, () -> new OdeLikelihood(Sdes.named("vp"), eps, Tolerance.of(1e-3), Divergence.EXACT));
        }
    }
}
