package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Samplers;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-SEED (and M-PFODE's "deterministic bit for bit"): a sampler's result is a function of its seed, and image i of it
 * does not depend on how many images are sampled with it nor on where the batch begins. The pixels of an image are an odd
 * number, so that vector bodies and tails fall on different pixels in different batches.
 */
class SamplerSeedTest {
    private static final int PIXELS = 5 * 5 * 2;
    private static final Sde SDE = Sdes.named("vp");

    static Stream<Arguments> cases() {
        return Samplers.names().stream().flatMap(name -> Stream.of("reference", "cpu").map(b -> Arguments.of(name, b)));
    }

    private static float[] sample(String name, String backend, int images, int first, long seed) {
        GaussianMixtureScore score = GaussianMixtureScore.isotropic(SDE, new double[] {0.4, 0.6},
                new double[][] {{-1.5, 1.2}, {1, -0.8}}, new double[] {0.3, 0.35});
        Sampler sampler = Samplers.named(name);
        try (Backend b = backend.equals("cpu") ? new CpuBackend() : new ReferenceBackend(); Scope scope = Scope.open(b)) {
            SampleOptions options = SampleOptions.of(25, seed).withFirstImage(first);
            return sampler.sample(score, SDE, Shape.of(images, 5, 5, 2), options).toArray();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sameSeedSameBits(String name, String backend) {
        assertArrayEquals(sample(name, backend, 3, 0, 9), sample(name, backend, 3, 0, 9));
        assertFalse(Arrays.equals(sample(name, backend, 3, 0, 9), sample(name, backend, 3, 0, 10)), "seed is ignored");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void imageDoesNotDependOnItsBatch(String name, String backend) {
        float[] together = sample(name, backend, 7, 0, 9);
        for (int i : List.of(0, 3, 6)) {
            float[] alone = sample(name, backend, 1, i, 9);
            assertArrayEquals(Arrays.copyOfRange(together, i * PIXELS, (i + 1) * PIXELS), alone, "image " + i);
        }
        assertArrayEquals(Arrays.copyOfRange(together, 4 * PIXELS, 7 * PIXELS), sample(name, backend, 3, 4, 9));
        assertFalse(Arrays.equals(Arrays.copyOf(together, PIXELS), Arrays.copyOfRange(together, PIXELS, 2 * PIXELS)),
                "two images of a batch are the same");
    }

    @Test
    void purposesDiffer() {
        Set<Integer> codes = new HashSet<>();
        for (Purpose purpose : Purpose.values()) {
            codes.add(purpose.code());
        }
        assertEquals(Purpose.values().length, codes.size());
    }
}
