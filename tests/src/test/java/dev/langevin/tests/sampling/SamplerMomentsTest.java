package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.Verify;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-REV, M-PFODE, S-EM, S-REVD, S-ANC, S-SRK, S-PC, S-COR-LD, S-COR-ALD / none, S-ALD, S-AD-SDE, S-ODE-EUL and S-ODE-HEUN: every
 * SDE x predictor x corrector, and every other sampler, recovers the moments of F-GAUSS, F-GAUSS-2D and F-GMM (component shares, means, covariances) within 3 %. The
 * wrong variants of the reverse SDE miss by 7 % (X-25) to a factor of 170.
 */
class SamplerMomentsTest {
    /** A component of F-GMM has but a part of the draws. */
    private static int images(Fixture fixture) {
        return fixture.name().equals("F-GMM") ? 16 : 8;
    }

    static Stream<Arguments> cases() {
        return Samplers.all(SamplerSettings.usual()).stream().map(Sampler::name).flatMap(name -> Sdes.all().stream()
                .flatMap(sde -> Fixture.all().stream().map(fixture -> Arguments.of(name, sde, fixture))));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("cases")
    void recoversTheMoments(String name, Sde sde, Fixture fixture) {
        try (Backend backend = new CpuBackend()) {
            double error = Verify.error(backend, Samplers.named(name), sde, fixture, images(fixture));
            assertTrue(error <= Verify.MOMENT_TOLERANCE,
                    name + ", " + sde.name() + ", " + fixture.name() + ": error " + error);
        }
    }
}
