package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VeSde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.TimeGrid;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Row H-KARRAS, and every other schedule of steps: exact ends, falling times, the spacing that each is named for. */
class SchedulesTest {

    static Stream<Arguments> pairs() {
        return Schedules.all().stream().flatMap(schedule -> Sdes.all().stream().map(sde -> Arguments.of(schedule, sde)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void endsAreExactAndTimesFall(Schedule schedule, Sde sde) {
        for (int steps : new int[] {1, 2, 3, 10, 1000}) {
            for (double from : new double[] {sde.endTime(), 0.5}) {
                TimeGrid grid = schedule.grid(sde, from, steps);
                assertEquals(steps, grid.steps());
                assertEquals(from, grid.time(0), 0);
                int last = grid.endsAtZero() ? steps - 1 : steps;
                if (last > 0) {
                    assertEquals(sde.samplingEpsilon(), grid.time(last), 0);
                }
                assertEquals(grid.endsAtZero() ? 0 : sde.samplingEpsilon(), grid.time(steps), 0);
                for (int i = 0; i < steps; i++) {
                    assertTrue(grid.time(i) > grid.time(i + 1), schedule + ", " + steps + " steps: time " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void stepsAreEvenInWhatTheScheduleIsNamedFor(Schedule schedule, Sde sde) {
        TimeGrid grid = schedule.grid(sde, sde.endTime(), 18);
        int above = grid.endsAtZero() ? 17 : 18;
        double[] pace = new double[above + 1];
        for (int i = 0; i <= above; i++) {
            double t = grid.time(i);
            pace[i] = switch (schedule.name()) {
                case "uniform" -> t;
                case "quadratic" -> Math.sqrt(t);
                case "log-snr", "exponential" -> Math.log(sde.meanCoefficient(t) / sde.std(t));
                case "karras" -> Math.pow(sde.std(t) / sde.meanCoefficient(t), 1 / 7.0);
                default -> throw new AssertionError("say what " + schedule + " is even in");
            };
        }
        for (int i = 1; i < above; i++) {
            assertEquals((pace[above] - pace[0]) / above, pace[i + 1] - pace[i], 1e-9 * Math.abs(pace[above] - pace[0]), schedule + ": step " + i);
        }
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void noiseLevelAndTimeAreInverse(Sde sde) {
        for (double t = 0.001; t <= sde.endTime(); t += 0.037) {
            assertEquals(t, sde.time(sde.sigma(t)), 1e-12 * sde.endTime(), sde.name());
        }
        InputException refused = assertThrows(InputException.class, () -> sde.time(1e9));
        assertTrue(refused.getMessage().contains("1.0E9") && refused.getMessage().contains(sde.name()), refused.getMessage());
    }

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** Equation 5 of Karras et al. 2022 with the paper's numbers: sigma from 80 to 0.002, rho 7. */
    @Test
    void karrasIsThePapers() {
        Sde sde = new VeSde(0.002, 80);
        TimeGrid grid = Schedules.KARRAS.grid(sde, 1, 18);
        // VE stops a little above sigma_min, at its sampling epsilon.
        double min = sde.sigma(sde.samplingEpsilon());
        for (int i = 0; i < 18; i++) {
            double sigma = Math.pow(Math.pow(80, 1 / 7.0) + i / 17.0 * (Math.pow(min, 1 / 7.0) - Math.pow(80, 1 / 7.0)), 7);
            assertEquals(sigma, sde.sigma(grid.time(i)), 1e-10 * sigma);
        }
        assertEquals(0, grid.time(18), 0);
    }

    /** A grid that ends at 0 takes its last step by the denoiser, at the price of one score. */
    @ParameterizedTest
    @MethodSource("sdes")
    void theStepToZeroIsTheDenoisers(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor start = Tensor.of(Shape.of(3, 1), 0.7, -1, 2.5);
            CountingScore counting = new CountingScore(score);
            Tensor once = Samplers.named("ode-heun").run(counting, sde, start, 0.3, SampleOptions.of(1, 1).withSchedule(Schedules.KARRAS));
            assertArrayEquals(Tweedie.denoise(score, sde, start, 0.3).toDoubles(), once.toDoubles(), 0);
            assertEquals(1, counting.evaluations());
            counting = new CountingScore(score);
            Samplers.named("ode-heun").run(counting, sde, start, sde.endTime(), SampleOptions.of(18, 1).withSchedule(Schedules.KARRAS));
            assertEquals(35, counting.evaluations(), "2 N - 1");
        }
    }
}
