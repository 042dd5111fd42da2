package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.ode.Ddim;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.ode.Inversion;
import dev.langevin.sampling.ode.OdeEuler;
import dev.langevin.sampling.ode.OdeHeun;
import dev.langevin.sampling.stochastic.EulerMaruyama;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-DDIM-INV: images encoded to noise end where F-FLOW says, and come back, both with an error that falls with the steps at
 * the order of the solver.
 */
class InversionTest {
    private static final double[] IMAGES = {0, 0.5, 1, 1.5, 2};

    static Stream<Arguments> cases() {
        return Stream.<Predictor>of(new OdeEuler(), new OdeHeun(), new Ddim(0), new DpmSolver(2), new DpmSolver(3))
                .flatMap(solver -> Sdes.all().stream().map(sde -> Arguments.of(solver, sde)));
    }

    private static GaussianScore score(Sde sde) {
        return GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
    }

    /** Largest distance of x(T) from the closed form, in its deviations; and of the image that comes back, from the one that went. */
    private static double[] errors(Predictor solver, Sde sde, int steps) {
        GaussianScore score = score(sde);
        double unit = Math.sqrt(score.covariance(sde.endTime())[0][0]);
        Inversion inversion = new Inversion(solver);
        double[] errors = new double[2];
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor images = Tensor.of(Shape.of(IMAGES.length, 1), IMAGES);
            Tensor noise = inversion.encode(score, sde, images, sde.endTime(), SampleOptions.of(steps, 1));
            double[] back = inversion.decode(score, sde, noise, sde.endTime(), SampleOptions.of(steps, 1)).toDoubles();
            for (int i = 0; i < IMAGES.length; i++) {
                double exact = score.flow(new double[] {IMAGES[i]}, sde.samplingEpsilon(), sde.endTime())[0];
                errors[0] = Math.max(errors[0], Math.abs(noise.toDoubles()[i] - exact) / unit);
                errors[1] = Math.max(errors[1], Math.abs(back[i] - IMAGES[i]));
            }
        }
        return errors;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void encodesToTheExactNoiseAndBack(Predictor solver, Sde sde) {
        double[] coarse = errors(solver, sde, 160);
        double[] fine = errors(solver, sde, 320);
        for (int i = 0; i < 2; i++) {
            double order = Math.log(coarse[i] / fine[i]) / Math.log(2);
            assertTrue(order > solver.order() - 0.2, solver.name() + ", " + sde.name() + (i == 0 ? ", noise" : ", round trip") + ": order " + order + " of " + fine[i]);
        }
        double bound = solver.order() == 1 ? 0.15 : 0.002; // Euler's on VE is 0.13, the others' of order 1 at most 0.03
        assertTrue(fine[0] < bound && fine[1] < bound, solver.name() + ", " + sde.name() + ": errors " + fine[0] + " and " + fine[1]);
    }

    /** Part of the way, on a schedule that would end at 0, with the caller's image left as it was and the listener told the times. */
    @Test
    void goesAsFarAsItIsAsked() {
        Sde sde = Sdes.named("vp");
        GaussianScore score = score(sde);
        List<Double> times = new ArrayList<>();
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor image = Tensor.of(Shape.of(1, 1), 0.3);
            SampleOptions options = SampleOptions.of(40, 1).withSchedule(Schedules.KARRAS).withListener((step, steps, t, x) -> times.add(t));
            double got = new Inversion(new DpmSolver(3)).encode(score, sde, image, 0.4, options).item();
            assertEquals(score.flow(new double[] {0.3}, sde.samplingEpsilon(), 0.4)[0], got, 1e-5);
            assertEquals(0.3, image.item(), 0);
            assertEquals(41, times.size());
            assertEquals(sde.samplingEpsilon(), times.getFirst(), 0);
            assertEquals(0.4, times.getLast(), 0);
        }
    }

    @Test
    void refusesASolverThatDrawsNoise() {
        assertThrows(InputException.class, () -> new Inversion(new EulerMaruyama()));
        InputException refused = assertThrows(InputException.class, () -> new Inversion(new Ddim(0.5)));
        assertTrue(refused.getMessage().contains("'ddim'"), refused.getMessage());
        assertEquals(new Inversion(new Ddim(0)), Inversion.ddim());
    }
}
