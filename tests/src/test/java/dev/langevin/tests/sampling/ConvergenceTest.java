package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.verify.ConvergenceOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-PFODE, S-ODE-EUL and S-ODE-HEUN (end points and orders against F-FLOW's closed form, in double), and S-REVD's
 * limit (it becomes S-EM); the order of every solver of the ODE that {@link Samplers} lists. A wrong ODE
 * converges to somewhere else, so that its order is 0.
 */
class ConvergenceTest {

    static List<Sde> sdes() {
        return Sdes.all();
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void eulerHasOrderOne(Sde sde) {
        double order = ConvergenceOrder.measure(Samplers.named("ode-euler"), sde, 160);
        assertTrue(order > 0.9 && order < 1.1, sde.name() + ": order " + order);
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void heunHasOrderTwo(Sde sde) {
        double order = ConvergenceOrder.measure(Samplers.named("ode-heun"), sde, 160);
        assertTrue(order > 1.9 && order < 2.1, sde.name() + ": order " + order);
        double error = ConvergenceOrder.error(Samplers.named("ode-heun"), sde, 1000);
        assertTrue(error < 1e-4, sde.name() + ": error of the end point with 1000 steps " + error);
    }

    static Stream<Arguments> solvers() {
        return Samplers.all(SamplerSettings.usual()).stream().filter(sampler -> sampler.order() > 0 && !sampler.adaptive())
                .flatMap(sampler -> Sdes.all().stream().map(sde -> Arguments.of(sampler, sde)));
    }

    /** Each on its own schedule. */
    @ParameterizedTest
    @MethodSource("solvers")
    void everySolverOfTheOdeHasItsOrder(Sampler sampler, Sde sde) {
        double order = ConvergenceOrder.measure(sampler, sde, 160);
        assertEquals(sampler.order(), order, 0.1, sampler.name() + ", " + sde.name());
    }

    /** With the same noise the two predictors part by O(dt): a quarter of the steps' length, a quarter of the distance. */
    @ParameterizedTest
    @MethodSource("sdes")
    void reverseDiffusionBecomesEulerMaruyama(Sde sde) {
        double coarse = distance(sde, 250);
        double fine = distance(sde, 1000);
        assertTrue(coarse > 1e-6, sde.name() + ": the two predictors are the same");
        assertTrue(fine < 0.01, sde.name() + ": distance with 1000 steps " + fine);
        double ratio = coarse / fine;
        assertTrue(ratio > 3 && ratio < 5.5, sde.name() + ": ratio " + ratio + " of " + coarse + " and " + fine);
    }

    /** Root mean square distance between the results of the two predictors. */
    private static double distance(Sde sde, int steps) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        Shape shape = Shape.of(1, 256, 1);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] em = Samplers.named("em").sample(score, sde, shape, SampleOptions.of(steps, 3)).toDoubles();
            double[] rd = Samplers.named("reverse-diffusion").sample(score, sde, shape, SampleOptions.of(steps, 3)).toDoubles();
            double sum = 0;
            for (int i = 0; i < em.length; i++) {
                sum += (em[i] - rd[i]) * (em[i] - rd[i]) / em.length;
            }
            return Math.sqrt(sum);
        }
    }
}
