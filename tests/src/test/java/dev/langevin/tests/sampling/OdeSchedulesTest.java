package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.Verify;
import java.util.stream.Stream;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-PFODE, S-DDIM, S-DPM, S-EDM, S-UNIPC and H-KARRAS: every solver of the ODE on every schedule carries the prior to the
 * moments of F-GAUSS and F-GMM, within 3 % in 200 steps, or 3200 for those of order 1. These solvers draw nothing, so the prior's points are spread evenly in probability
 * (Hammersley's), and 1024 of them are enough.
 */
class OdeSchedulesTest {
    private static final int SIDE = 32;

    static Stream<Arguments> cases() {
        return Samplers.all(SamplerSettings.usual()).stream().filter(sampler -> sampler.order() > 0 && !sampler.adaptive())
                .flatMap(sampler -> Schedules.all().stream().map(schedule -> Arguments.of(sampler, schedule)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void recoversTheMoments(Sampler sampler, Schedule schedule) {
        for (Sde sde : Sdes.all()) {
            for (Fixture fixture : Fixture.all()) {
                if (!fixture.name().equals("F-GAUSS-2D")) {
                    double error = Double.NaN;
                    for (int steps = 100; !(error <= Verify.MOMENT_TOLERANCE) && steps <= most(sampler); steps *= 2) {
                        error = error(sampler, schedule, sde, fixture, steps);
                    }
                    assertTrue(error <= Verify.MOMENT_TOLERANCE, sampler.name() + ", " + schedule + ", " + sde.name() + ", " + fixture.name() + ": error " + error);
                }
            }
        }
    }

    /** Euler's method takes most, on VE; it needs over 2000 steps where they are long at the start, as on the quadratic schedule. */
    private static int most(Sampler sampler) {
        return sampler.order() == 1 ? 3200 : 200;
    }

    private static double error(Sampler sampler, Schedule schedule, Sde sde, Fixture fixture, int steps) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor prior = Tensor.of(fixture.shape(1, SIDE), points(SIDE * SIDE, fixture.dimensions())).mul(sde.priorStd());
            SampleOptions options = SampleOptions.of(steps, 1).withSchedule(schedule);
            return fixture.error(sampler.run(fixture.score(sde), sde, prior, sde.endTime(), options).toArray());
        }
    }

    /** (n, d) points whose coordinates are standard normal: the quantiles of (i + 1/2)/n, and of i with its bits read backwards. */
    private static double[] points(int n, int d) {
        NormalDistribution normal = new NormalDistribution(0, 1);
        double[] points = new double[n * d];
        for (int i = 0; i < n; i++) {
            points[i * d] = normal.inverseCumulativeProbability((i + 0.5) / n);
            if (d == 2) {
                points[i * d + 1] = normal.inverseCumulativeProbability((Integer.reverse(i) >>> 1) / 0x1p31 + 0.5 / n);
            }
        }
        return points;
    }
}
