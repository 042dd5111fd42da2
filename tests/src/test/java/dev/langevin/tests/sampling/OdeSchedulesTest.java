package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.ScheduleMoments;
import dev.langevin.sampling.verify.Verify;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-PFODE, S-DDIM, S-DPM, S-EDM, S-UNIPC and H-KARRAS: every solver of the ODE on every schedule carries the prior to the
 * moments of F-GAUSS and F-GMM, within 3 %.
 */
class OdeSchedulesTest {
    static Stream<Arguments> cases() {
        return Samplers.all(SamplerSettings.usual()).stream().filter(sampler -> sampler.order() > 0 && !sampler.adaptive())
                .flatMap(sampler -> Schedules.all().stream().map(schedule -> Arguments.of(sampler, schedule)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void recoversTheMoments(Sampler sampler, Schedule schedule) {
        try (Backend backend = new CpuBackend()) {
            for (Sde sde : Sdes.all()) {
                for (Fixture fixture : ScheduleMoments.fixtures()) {
                    double error = ScheduleMoments.error(backend, sampler, schedule, sde, fixture);
                    assertTrue(error <= Verify.MOMENT_TOLERANCE, sampler.name() + ", " + schedule + ", " + sde.name() + ", " + fixture.name() + ": error " + error);
                }
            }
        }
    }
}
