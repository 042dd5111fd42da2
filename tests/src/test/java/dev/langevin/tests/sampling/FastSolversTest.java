package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ReverseVariance;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VeSde;
import dev.langevin.sampling.NoCorrector;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.PredictorCorrector;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Snapshots;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.ode.Churn;
import dev.langevin.sampling.ode.Ddim;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.sampling.stochastic.VarianceAncestral;
import dev.langevin.sampling.verify.ConvergenceOrder;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.Verify;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows S-DDIM (order, and the posterior of ancestral sampling at eta = 1), S-DPM (orders of DPM-Solver 1, 2, 3 and of
 * DPM-Solver++(2M), the first step of its SDE form), S-EDM (order, churn) and S-UNIPC (order, error beside 2M's).
 */
class FastSolversTest {
    private static final SamplerSettings USUAL = SamplerSettings.usual();

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianScore gaussian(Sde sde) {
        return GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
    }

    private static Sampler alone(Predictor predictor) {
        return new PredictorCorrector(predictor.name(), predictor, new NoCorrector());
    }

    /** VP, steps 20, 40, ..., 320, each on its own schedule: the order between each two, and the error with 20 and with 320 steps. */
    @ParameterizedTest
    @CsvSource({"ddim, 0.95, 1, 8.1e-2, 5.5e-3", "dpm-solver-2, 2, 2.07, 1.2e-2, 4.1e-5", "dpm-solver-3, 3, 3.3, 1.6e-4, 2.7e-8",
            "dpmpp-2m, 1.85, 2.01, 9.5e-3, 4.1e-5", "unipc, 2.8, 3.01, 6e-3, 1.7e-6", "edm, 2, 2.1, 3.2e-2, 1.2e-4"})
    void convergesWithItsOrder(String name, double low, double high, double with20, double with320) {
        Sde sde = Sdes.named("vp");
        double error = ConvergenceOrder.error(Samplers.named(name), sde, 20);
        assertTrue(error < with20, name + ": error with 20 steps " + error);
        for (int steps = 40; steps <= 320; steps *= 2) {
            double half = ConvergenceOrder.error(Samplers.named(name), sde, steps);
            double order = Math.log(error / half) / Math.log(2);
            assertTrue(order > low && order < high, name + ", " + steps + " steps: order " + order);
            error = half;
        }
        assertTrue(error < with320, name + ": error with 320 steps " + error);
    }

    /** The grid of Karras et al. 2022, sigma from 80 to 0.002 with rho 7: Euler in sigma, which is DDIM, and Heun. */
    @Test
    void ordersOnThePapersGrid() {
        Sde sde = new VeSde(0.002, 80);
        for (int steps : new int[] {40, 160}) {
            assertEquals(1, order(Samplers.named("ddim"), sde, Schedules.KARRAS, steps), 0.1, "Euler");
            assertEquals(2.05, order(Samplers.named("edm"), sde, Schedules.KARRAS, steps), 0.1, "Heun");
        }
    }

    private static double order(Sampler sampler, Sde sde, Schedule schedule, int steps) {
        return Math.log(ConvergenceOrder.error(sampler, sde, schedule, steps) / ConvergenceOrder.error(sampler, sde, schedule, 2 * steps)) / Math.log(2);
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void dpmSolver1IsDdim(Sde sde) {
        double[] one = sample(alone(new DpmSolver(1)), sde, 10);
        double[] ddim = sample(Samplers.named("ddim"), sde, 10);
        assertArrayEquals(ddim, one, 1e-12, sde.name());
    }

    /** Without a correction, and without a past, 2M and UniPC's predictor are DDIM too. */
    @ParameterizedTest
    @ValueSource(strings = {"dpmpp-2m", "unipc"})
    void firstStepIsDdims(String name) {
        for (Sde sde : Sdes.all()) {
            assertArrayEquals(afterOneStep(Samplers.named("ddim"), sde), afterOneStep(Samplers.named(name), sde), 1e-5, sde.name());
        }
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void ddimWithEtaOneIsAncestralSampling(Sde sde) {
        double[] ancestral = sample(new PredictorCorrector("ancestral", new Ancestral(Ancestral.Variance.POSTERIOR), new NoCorrector()), sde, Schedules.LOG_SNR, 10);
        assertArrayEquals(ancestral, sample(Samplers.named("ddim", USUAL.withEta(1)), sde, 10), 1e-10, sde.name());
    }

    /** The SDE form's first step is DDIM's with eta = 1: both draw from the posterior given the denoised image. */
    @ParameterizedTest
    @MethodSource("sdes")
    void firstStepOfTheSdeFormIsAncestral(Sde sde) {
        Sampler ancestral = Samplers.named("ddim", USUAL.withEta(1));
        assertArrayEquals(afterOneStep(ancestral, sde), afterOneStep(Samplers.named("dpmpp-2m-sde"), sde), 1e-5 * sde.priorStd(), sde.name());
    }

    private static double[] sample(Sampler sampler, Sde sde, int steps) {
        return sample(sampler, sde, sampler.schedule(), steps);
    }

    private static double[] sample(Sampler sampler, Sde sde, Schedule schedule, int steps) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            return sampler.sample(gaussian(sde), sde, Shape.of(4, 5, 1), SampleOptions.of(steps, 7).withSchedule(schedule)).toDoubles();
        }
    }

    private static double[] afterOneStep(Sampler sampler, Sde sde) {
        Snapshots snapshots = new Snapshots(9);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            sampler.sample(gaussian(sde), sde, Shape.of(4, 5, 1), SampleOptions.of(8, 7).withListener(snapshots));
        }
        float[] state = snapshots.taken().get(1).values();
        double[] wide = new double[state.length];
        Arrays.setAll(wide, i -> state[i]);
        return wide;
    }

    /** Equations 12 and 16 as they stand in the paper, for VP, whose alpha is a^2: abar' D + sqrt(1 - abar' - v^2) e + v z. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1})
    void ddimIsThePapers(double eta) {
        Sde sde = Sdes.named("vp");
        for (double[] times : new double[][] {{0.9, 0.5}, {0.5, 0.499}, {0.01, 0.001}, {1, 0.001}}) {
            double alpha = Math.exp(-0.1 * times[0] - 9.95 * times[0] * times[0]);
            double next = Math.exp(-0.1 * times[1] - 9.95 * times[1] * times[1]);
            double v = eta * Math.sqrt((1 - next) / (1 - alpha)) * Math.sqrt(1 - alpha / next);
            double x = 0.7;
            double e = (x - Math.sqrt(alpha)) * Math.sqrt(1 - alpha) / (0.25 * alpha + 1 - alpha);
            double mean = Math.sqrt(next) * (x - Math.sqrt(1 - alpha) * e) / Math.sqrt(alpha) + Math.sqrt(1 - next - v * v) * e;
            try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
                Noise noise = new Noise(3, 0, 5);
                Step step = new Ddim(eta).step(gaussian(sde), sde, Tensor.of(Shape.of(1, 1), x), times[0], times[1], noise);
                double z = noise.normal(Purpose.PREDICTOR, Shape.of(1, 1)).item();
                assertEquals(mean, step.mean().item(), 1e-11);
                assertEquals(mean + v * z, step.x().item(), 1e-11);
            }
        }
    }

    /** At eta = 1 the variance and the mean are those of q(x' | x, D), by Bayes' rule for Gaussians. */
    @ParameterizedTest
    @MethodSource("sdes")
    void ddimWithEtaOneIsThePosterior(Sde sde) {
        double t = 0.6;
        double tNext = 0.4;
        double r = sde.meanCoefficient(t) / sde.meanCoefficient(tNext);
        double prior = sde.std(tNext) * sde.std(tNext);
        double step = sde.std(t) * sde.std(t) - r * r * prior;
        double variance = 1 / (1 / prior + r * r / step);
        double x = 1.3;
        double denoised = (x + sde.std(t) * sde.std(t) * -(x - sde.meanCoefficient(t)) / gaussian(sde).covariance(t)[0][0]) / sde.meanCoefficient(t);
        double mean = variance * (sde.meanCoefficient(tNext) * denoised / prior + r * x / step);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Noise noise = new Noise(3, 0, 5);
            Step got = new Ddim(1).step(gaussian(sde), sde, Tensor.of(Shape.of(1, 1), x), t, tNext, noise);
            double z = noise.normal(Purpose.PREDICTOR, Shape.of(1, 1)).item();
            assertEquals(mean, got.mean().item(), 1e-11 * Math.abs(mean), sde.name());
            assertEquals(variance, Math.pow((got.x().item() - mean) / z, 2), 1e-9 * variance, sde.name());
        }
    }

    /** Where rounding has the noise level rise in the shortest of steps, stood for by a step upwards, nothing is the root of a negative number. */
    @ParameterizedTest
    @MethodSource("sdes")
    void shortestStepIsFinite(Sde sde) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.of(Shape.of(1, 1), 0.7);
            for (Predictor predictor : List.of(new Ddim(0.5), new Ddim(1), new VarianceAncestral(ReverseVariance.BETA))) {
                for (double t : new double[] {0.002, 0.1, 0.5, 0.999}) {
                    assertEquals(0.7, predictor.step(gaussian(sde), sde, x, t, t * (1 + 1e-13), new Noise(3, 0, 5)).x().item(), 1e-9);
                    assertEquals(0.7, predictor.step(gaussian(sde), sde, x, t, Math.nextDown(t), new Noise(3, 0, 5)).x().item(), 1e-4);
                }
            }
        }
    }

    /** As many scores as 2M, and from 20 steps on a smaller error; with 10 steps it has none of its order yet. */
    @ParameterizedTest
    @MethodSource("sdes")
    void uniPcIsNearerThan2mAtEqualCost(Sde sde) {
        for (int steps = 20; steps <= 160; steps *= 2) {
            double uniPc = ConvergenceOrder.error(Samplers.named("unipc"), sde, steps);
            double twoM = ConvergenceOrder.error(Samplers.named("dpmpp-2m"), sde, steps);
            assertTrue(uniPc < twoM, sde.name() + ", " + steps + " steps: " + uniPc + " and " + twoM);
        }
    }

    /** Every eta and every churn has the same moments as the ODE; F-GAUSS's deviation would grow with noise that is not undone. */
    @ParameterizedTest
    @MethodSource("sdes")
    void noiseKeepsTheMoments(Sde sde) {
        List<Sampler> noisy = List.of(Samplers.named("ddim", USUAL.withEta(0.5)), Samplers.named("ddim", USUAL.withEta(1)),
                Samplers.named("edm", USUAL.withChurn(Churn.of(40))), Samplers.named("edm", USUAL.withChurn(new Churn(80, 0.05, 1, 1))));
        try (Backend backend = new CpuBackend()) {
            for (Sampler sampler : noisy) {
                assertEquals(0, sampler.order());
                double error = Verify.error(backend, sampler, sde, Fixture.all().getFirst(), 16);
                assertTrue(error <= Verify.MOMENT_TOLERANCE, sampler + ", " + sde.name() + ": error " + error);
            }
        }
    }

    /** Noise of a deviation above 1 shows in the result, noise outside its range of levels does not. */
    @Test
    void churnDoesWhatItIsTold() {
        Sde sde = Sdes.named("ve");
        double[] plain = sample(Samplers.named("edm"), sde, 12);
        assertArrayEquals(plain, sample(Samplers.named("edm", USUAL.withChurn(new Churn(40, 60, 100, 1))), sde, 12), 1e-12);
        assertFalse(Arrays.equals(plain, sample(Samplers.named("edm", USUAL.withChurn(new Churn(40, 1, 2, 1))), sde, 12)));
        try (Backend backend = new CpuBackend()) {
            double error = Verify.error(backend, Samplers.named("edm", USUAL.withChurn(new Churn(80, 0.05, 10, 1.5))), sde, Fixture.all().getFirst(), 16);
            assertTrue(error > 2 * Verify.MOMENT_TOLERANCE, "noise of deviation 1.5 left an error of " + error);
        }
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(InputException.class, () -> new Ddim(1.1));
        assertThrows(InputException.class, () -> new Ddim(Double.NaN));
        assertThrows(InputException.class, () -> new DpmSolver(0));
        assertThrows(InputException.class, () -> new DpmSolver(4));
        assertThrows(InputException.class, () -> USUAL.withEta(-0.1));
        assertThrows(InputException.class, () -> Churn.of(-1));
        assertThrows(InputException.class, () -> new Churn(1, 2, 1, 1));
        assertThrows(InputException.class, () -> new Churn(1, 0, 1, 0));
    }
}
