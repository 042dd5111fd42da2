package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Rows P-ENG and L-ODE: steps of an image's own choice on CUDA. Nothing of them is captured, and they give what the CPU gives. */
class LikelihoodCudaTest {
    private static final Sde SDE = Sdes.named("vp");
    private static final double[] POINTS = {0.3, -0.2, 2.1, -1.5, -40, 3};

    private static final double TOLERANCE = 1e-2;

    private record Measured(double[] nats, double[] latents, int[] evaluations) {
    }

    private static Measured measure(Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            NetworkScore score = new NetworkScore(new ScoreMlp(2, 8, 1, 10, Parameters.create(5)), Parametrisation.V, SDE);
            OdeLikelihood.Result result = new OdeLikelihood(SDE, Tolerance.of(TOLERANCE), Divergence.hutchinson(Probe.RADEMACHER))
                    .of(score, Tensor.of(Shape.of(3, 2), POINTS), new RandomKey(3, 1, 0, 0), share -> { });
            return new Measured(result.nats(), result.latents().toDoubles(), result.evaluations());
        }
    }

    /** Both are within the tolerance; nearer they need not be, since step sizes follow errors, whose roundings are each backend's own. */
    @Test
    void followsTheCpu() {
        WatchedRuntime watched = new WatchedRuntime();
        try (CpuBackend cpu = new CpuBackend(); CudaBackend cuda = watched.backend(Precision.FP32)) {
            Measured expected = measure(cpu);
            Measured actual = measure(cuda);
            assertTrue(Arrays.stream(actual.evaluations()).distinct().count() > 1, "all took the same steps");
            within(expected.nats(), actual.nats());
            within(expected.latents(), actual.latents());
            WatchedRuntime.Work work = watched.take();
            assertEquals(0, work.captures());
            assertEquals(0, work.replays());
        }
    }

    private static void within(double[] expected, double[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], TOLERANCE * (1 + Math.abs(expected[i])));
        }
    }
}
