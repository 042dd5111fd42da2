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
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.NoCorrector;
import dev.langevin.sampling.PredictorCorrector;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.Snapshots.Snapshot;
import dev.langevin.sampling.Snapshots;
import dev.langevin.sampling.TimeGrid;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.sampling.stochastic.LangevinCorrector;
import dev.langevin.sampling.stochastic.ReverseDiffusion;
import dev.langevin.tests.sde.Processes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-SNAP, and what every sampler has to do besides being right: finite results from any number of steps (errata
 * X-30), the promised number of score evaluations, flat memory, an untouched start, names.
 */
class SamplersTest {
    private static final Shape SHAPE = Shape.of(2, 3, 3, 1);

    static List<String> names() {
        return Samplers.names();
    }

    private static ScoreFunction gaussian(Sde sde) {
        return GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
    }

    /** Every schedule, and the coarsest grids, where beta dt is far above 1, included. */
    @ParameterizedTest
    @MethodSource("names")
    void isFiniteForAnyNumberOfSteps(String name) {
        Sampler sampler = Samplers.named(name);
        List<Schedule> schedules = sampler.adaptive() ? List.of(Schedules.UNIFORM) : Schedules.all();
        int most = sampler.adaptive() ? 1 : 20;
        try (Backend backend = new CpuBackend()) {
            for (Sde sde : Sdes.all()) {
                for (Schedule schedule : schedules) {
                    for (int steps = 1; steps <= most; steps++) {
                        try (Scope scope = Scope.open(backend)) {
                            SampleOptions options = SampleOptions.of(steps, 1).withSchedule(schedule);
                            for (float v : sampler.sample(gaussian(sde), sde, SHAPE, options).toArray()) {
                                assertTrue(Float.isFinite(v), name + ", " + sde.name() + ", " + schedule + ", " + steps + " steps: " + v);
                            }
                        }
                    }
                }
            }
        }
    }

    /** Clipped rates, kinks and all but flat stretches of a user's table: on the sampler's own schedule and on even times. */
    @ParameterizedTest
    @MethodSource("names")
    void isFiniteForEveryScheduleOfNoise(String name) {
        Sampler sampler = Samplers.named(name);
        try (Backend backend = new CpuBackend()) {
            for (Sde sde : Processes.ofSchedules()) {
                for (Schedule schedule : sampler.adaptive() ? List.of(Schedules.UNIFORM) : List.of(sampler.schedule(), Schedules.UNIFORM)) {
                    try (Scope scope = Scope.open(backend)) {
                        SampleOptions options = SampleOptions.of(12, 1).withSchedule(schedule);
                        for (float v : sampler.sample(gaussian(sde), sde, SHAPE, options).toArray()) {
                            assertTrue(Float.isFinite(v), name + ", " + sde + ", " + schedule + ": " + v);
                        }
                    }
                }
            }
        }
    }

    /** A score that is 0 everywhere, as an untrained network's: the Langevin step size is 0/0 and must not be NaN. */
    @ParameterizedTest
    @MethodSource("names")
    void zeroScoreIsNoNaN(String name) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (float v : Samplers.named(name)
                    .sample((x, t) -> x.mul(0), Sdes.named("vp"), SHAPE, SampleOptions.of(30, 1)).toArray()) {
                assertTrue(Float.isFinite(v), name + ": " + v);
            }
        }
    }

    /** N of them for each score a step; EDM's grid ends at 0, so its last step is the denoiser's. A corrector leaves out the last step. */
    @Test
    void countsItsScoreEvaluations() {
        Sde sde = Sdes.named("vp");
        int n = 10;
        for (String name : Samplers.names().stream().filter(name -> !Samplers.named(name).adaptive()).toList()) {
            CountingScore counting = new CountingScore(gaussian(sde));
            try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
                Samplers.named(name, SamplerSettings.usual().withCorrectorSteps(3)).sample(counting, sde, SHAPE, SampleOptions.of(n, 1));
            }
            List<String> parts = List.of((name.equals("pc") ? "reverse-diffusion+langevin" : name).split("\\+"));
            int predicted = switch (parts.getFirst()) {
                case "none" -> 0;
                case "ode-heun", "srk2", "dpm-solver-2" -> 2 * n;
                case "dpm-solver-3" -> 3 * n;
                case "srk4" -> 4 * n;
                case "edm" -> 2 * n - 1;
                case "annealed-langevin" -> 3 * (n - 1) + 1;
                default -> n;
            };
            int corrected = parts.size() == 1 ? 0 : 3 * (n - 1);
            assertEquals(predicted + corrected, counting.evaluations(), name);
        }
    }

    @Test
    void snapshotsRunFromTheStartToTheResult() {
        Sde sde = Sdes.named("vp");
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Snapshots snapshots = new Snapshots(5);
            List<Integer> progress = new ArrayList<>();
            SampleOptions options = SampleOptions.of(20, 3)
                    .withListener(snapshots.and((step, steps, t, x) -> progress.add(step)));
            Tensor start = Tensor.of(SHAPE, new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9});
            Tensor result = Samplers.named("pc").run(gaussian(sde), sde, start, 0.8, options);
            List<Snapshot> taken = snapshots.taken();
            assertEquals(List.of(0, 5, 10, 15, 20), taken.stream().map(Snapshot::step).toList());
            TimeGrid grid = TimeGrid.uniform(0.8, 1e-3, 20);
            for (Snapshot snapshot : taken) {
                assertEquals(grid.time(snapshot.step()), snapshot.t(), 0);
                assertEquals(SHAPE, snapshot.shape());
            }
            assertArrayEquals(start.toArray(), taken.getFirst().values());
            assertArrayEquals(result.toArray(), taken.getLast().values());
            assertEquals(21, progress.size());
            assertEquals(5, start.toDoubles()[4], 0, "the caller's start was changed");
            Snapshots few = new Snapshots(5);
            Samplers.named("em").sample(gaussian(sde), sde, SHAPE, SampleOptions.of(2, 3).withListener(few));
            assertEquals(List.of(0, 1, 2), few.taken().stream().map(Snapshot::step).toList());
        }
    }

    @Test
    void gridEndsExactly() {
        TimeGrid grid = TimeGrid.uniform(1, 1e-3, 7);
        assertEquals(1, grid.time(0), 0);
        assertEquals(1e-3, grid.time(7), 0);
        for (int i = 0; i < 7; i++) {
            assertEquals(0.999 / 7, grid.time(i) - grid.time(i + 1), 1e-15);
        }
    }

    @Test
    void memoryIsFlat() {
        Sde sde = Sdes.named("ve");
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            long[] held = new long[2];
            SampleOptions options = SampleOptions.of(2000, 1).withListener((step, steps, t, x) -> {
                if (step == 20) {
                    held[0] = backend.bytesHeld();
                }
                held[1] = backend.bytesHeld();
            });
            Samplers.named("pc").sample(gaussian(sde), sde, SHAPE, options);
            assertEquals(held[0], held[1], "bytes held after 20 and after 2000 steps");
        }
    }

    /** What users of k-diffusion and readers of the paper type is the sampler that it stands for. */
    @Test
    void secondNames() {
        assertEquals(new PredictorCorrector("pc", new ReverseDiffusion(), new LangevinCorrector()), Samplers.named("pc"));
        assertEquals(new PredictorCorrector("euler-ancestral", new Ancestral(Ancestral.Variance.POSTERIOR), new NoCorrector()), Samplers.named("euler-ancestral"));
        assertEquals(List.of("euler-ancestral", "pc"), Samplers.names().subList(0, 2));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        for (String name : List.of("", "heun", "none", "none+none", "em+none", "em+", "em+em", "langevin", "em+langevin+none", "+")) {
            InputException unknown = assertThrows(InputException.class, () -> Samplers.named(name), name);
            assertTrue(unknown.getMessage().contains("'" + name + "'") && unknown.getMessage().contains("ode-heun"),
                    unknown.getMessage());
        }
        assertThrows(InputException.class, () -> SampleOptions.of(0, 1));
        assertThrows(InputException.class, () -> new LangevinCorrector(0, 1));
        assertThrows(InputException.class, () -> new LangevinCorrector(0.16, 0));
        assertThrows(InputException.class, () -> TimeGrid.uniform(0.5, 0.5, 3));
        assertThrows(InputException.class, () -> new Snapshots(1));
    }
}
