package dev.langevin.tests.inverse;

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
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Constraint;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.inverse.BlockAverage;
import dev.langevin.sampling.inverse.GreyProjection;
import dev.langevin.sampling.inverse.Mask;
import dev.langevin.sampling.inverse.PartialIsometry;
import dev.langevin.sampling.inverse.RePaint;
import dev.langevin.sampling.inverse.Replacement;
import dev.langevin.sampling.ode.Inversion;
import dev.langevin.sampling.stochastic.Ancestral;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows A-INPAINT, A-REPAINT, A-COLOR, A-SR: what is known is exact at the end; on F-GAUSS in two correlated dimensions the hidden
 * one has the conditional mean and variance, roughly by replacement, better by RePaint. X-37: the known part has the
 * noise of the level that the step has reached; without going back RePaint is replacement.
 */
class ReplacementTest {
    private static final double[] MEAN = {1, -0.5};
    /** Deviations 0.5 and 0.4, correlation 0.8. */
    private static final double[][] COVARIANCE = {{0.25, 0.16}, {0.16, 0.16}};
    private static final double KNOWN = 1.6;
    private static final int DRAWS = 4096;
    private static final RePaint REPAINT = new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), 2, 10);

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /**
     * Distance of the hidden coordinate's distribution from the exact one, both taken as normal: the 2-Wasserstein distance in conditional
     * deviations, whose standard error over the draws is 0.016.
     */
    private static double distance(Sampler sampler, Sde sde) {
        double gain = COVARIANCE[0][1] / COVARIANCE[0][0];
        double mean = MEAN[1] + gain * (KNOWN - MEAN[0]);
        double std = Math.sqrt(COVARIANCE[1][1] - gain * COVARIANCE[0][1]);
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Constraint constraint = new Replacement(new Mask(Tensor.of(Shape.of(2), 1, 0)), Tensor.of(Shape.of(1, 2), KNOWN, 0));
            SampleOptions options = SampleOptions.of(50, 1).withSchedule(Schedules.LOG_SNR).withConstraint(constraint);
            float[] x = sampler.sample(new GaussianScore(sde, MEAN, COVARIANCE), sde, Shape.of(DRAWS, 2), options).toArray();
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < DRAWS; i++) {
                assertEquals((float) KNOWN, x[2 * i], 0);
                sum += x[2 * i + 1] - mean;
                squares += (x[2 * i + 1] - mean) * (x[2 * i + 1] - mean);
            }
            double bias = sum / DRAWS;
            return Math.hypot(bias, Math.sqrt(squares / DRAWS - bias * bias) - std) / std;
        }
    }

    /** Replacement is half a deviation off in any number of steps; RePaint in 50 steps and 10 passes within 0.14. */
    @ParameterizedTest
    @MethodSource("sdes")
    void rePaintIsNearer(Sde sde) {
        double replacement = distance(Samplers.named("ancestral"), sde);
        double rePaint = distance(REPAINT, sde);
        String both = sde.name() + ": replacement " + replacement + ", RePaint " + rePaint;
        assertTrue(replacement > 0.45 && replacement < 0.6, both);
        assertTrue(rePaint < 0.14 && rePaint < replacement / 3, both);
    }

    /** In one pass RePaint is the solver under the constraint, and its jump means nothing. */
    @Test
    void onePassIsReplacement() {
        Sde sde = Sdes.named("vp");
        double one = distance(new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), 7, 1), sde);
        assertEquals(distance(Samplers.named("ancestral"), sde), one, 0.05);
    }

    /** Grey and coarse pixels are the given ones at the end, with every kind of sampler that follows a grid. */
    @ParameterizedTest
    @ValueSource(strings = {"pc", "ddim", "edm", "unipc", "dpmpp-2m-sde"})
    void measurementsAreMet(String sampler) {
        Sde sde = Sdes.named("vp");
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {0.2, 0, -0.2}, new double[] {0.5, 0.4, 0.3});
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (PartialIsometry operator : List.of(new GreyProjection(), new BlockAverage(2))) {
                Tensor y = operator.apply(Tensor.normal(Shape.of(3, 4, 6, 3), new RandomKey(8, 990, 0, 0)));
                SampleOptions options = SampleOptions.of(5, 1).withConstraint(new Replacement(operator, y));
                Tensor x = Samplers.named(sampler).sample(score, sde, Shape.of(3, 4, 6, 3), options);
                float[] got = operator.apply(x).toArray();
                float[] want = y.toArray();
                for (int i = 0; i < want.length; i++) {
                    assertEquals(want[i], got[i], 2e-6, operator + " with " + sampler);
                }
            }
        }
    }

    /** The state has the known part's noise from the start on. */
    @Test
    void knownPartIsNoisyAtEveryTime() {
        Sde sde = Sdes.named("vp");
        List<Double> errors = new ArrayList<>();
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Replacement all = new Replacement(new Mask(Tensor.full(Shape.of(1), 1)), Tensor.full(Shape.of(1, 1), 0.7));
            SampleOptions options = SampleOptions.of(4, 1).withConstraint(all).withListener((step, steps, t, x) -> {
                double a = step == steps ? 1 : sde.meanCoefficient(t);
                double s = step == steps ? 0 : sde.std(t);
                double[] values = x.toDoubles();
                double mean = Arrays.stream(values).average().orElseThrow();
                double variance = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
                errors.add(Math.abs(mean - 0.7 * a) + Math.abs(Math.sqrt(variance) - s));
            });
            Samplers.named("em").sample((x, t) -> x.neg(), sde, Shape.of(20000, 1), options);
        }
        assertEquals(5, errors.size());
        for (double error : errors) {
            assertTrue(error < 0.03, errors.toString());
        }
    }

    @Test
    void refusals() {
        Sde sde = Sdes.named("vp");
        Constraint constraint = (x, a, s, noise) -> x;
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            SampleOptions options = SampleOptions.of(4, 1).withConstraint(constraint);
            for (String adaptive : List.of("rk45", "adaptive-sde")) {
                assertThrows(InputException.class, () -> Samplers.named(adaptive).sample((x, t) -> x, sde, Shape.of(1, 1), options), adaptive);
            }
            assertThrows(InputException.class, () -> Inversion.ddim().encode((x, t) -> x, sde, Tensor.zeros(Shape.of(1, 1)), 1, options));
        }
        assertThrows(InputException.class, () -> new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), 0, 1));
        assertThrows(InputException.class, () -> new RePaint(new Ancestral(Ancestral.Variance.POSTERIOR), 1, 0));
    }
}
