package dev.langevin.tests.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.benchmarks.AdamBenchmark;
import dev.langevin.benchmarks.AttentionBenchmark;
import dev.langevin.benchmarks.Bytes;
import dev.langevin.benchmarks.Conv2dBenchmark;
import dev.langevin.benchmarks.Flops;
import dev.langevin.benchmarks.GemmBenchmark;
import dev.langevin.benchmarks.GroupNormBenchmark;
import dev.langevin.benchmarks.Images;
import dev.langevin.benchmarks.Nets;
import dev.langevin.benchmarks.NoiseBenchmark;
import dev.langevin.benchmarks.SamplerStepBenchmark;
import dev.langevin.benchmarks.TrainStepBenchmark;
import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.training.TrainConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The benchmarks do what they say they measure, once each; what they count is checked. */
class BenchmarksTest {
    /** Counted layer by layer for one image. */
    @ParameterizedTest
    @CsvSource({"mnist-unet, 2.879", "small, 0.503"})
    void operationsOfANetwork(String net, double gigaflops) {
        assertEquals(gigaflops, forward(net), 0.001 * gigaflops);
    }

    private static double forward(String net) {
        TrainConfig config = Nets.withoutDropout(Nets.named(net, 1));
        return Nets.gigaflops(backend -> {
            try (Scope scope = Scope.open(backend)) {
                ScoreNetwork network = config.build(Parameters.create(1));
                Autograd.noGrad(() -> network.forward(Tensor.zeros(Shape.of(1, 28, 28, 1)), Tensor.full(Shape.of(1), 0.5), null));
            }
        });
    }

    @Test
    void aNetworkThatIsNotThere() {
        assertThrows(InputException.class, () -> Nets.named("large", 1));
    }

    /** A training step is three forward passes, but for the first layer, whose input needs no gradient. */
    @Test
    void aTrainingStep() {
        TrainStepBenchmark benchmark = new TrainStepBenchmark();
        benchmark.net = "mnist";
        benchmark.batch = 2;
        Flops work = new Flops();
        Images images = new Images();
        benchmark.open();
        assertTrue(benchmark.step(work, images) > 0);
        benchmark.close();
        assertEquals(2, images.images);
        assertEquals(3 * 2 * forward("mnist"), work.gflop, 0.01 * work.gflop);
    }

    @Test
    void aSamplersStep() {
        SamplerStepBenchmark benchmark = new SamplerStepBenchmark();
        benchmark.net = "mnist";
        benchmark.batch = 2;
        Flops work = new Flops();
        benchmark.open();
        benchmark.step(work, new Images());
        benchmark.close();
        assertEquals(2 * 2 * forward("mnist"), work.gflop, 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"3x3 64-64 28, 0.0578", "3x3s2 64-64 28, 0.01445", "1x1 128-384 14, 0.01927", "4x4s2t 128-128 14, 0.10276"})
    void convolutions(String shape, double gigaflops) {
        Conv2dBenchmark benchmark = new Conv2dBenchmark();
        benchmark.shape = shape;
        benchmark.batch = 1;
        Flops work = new Flops();
        benchmark.open();
        benchmark.forward(work);
        benchmark.backwardData(work);
        benchmark.backwardFilter(work);
        benchmark.close();
        assertEquals(3 * gigaflops, work.gflop, 1e-3 * work.gflop);
    }

    @Test
    void otherOps() {
        Flops work = new Flops();
        GemmBenchmark gemm = new GemmBenchmark();
        gemm.shape = "2x5x6x7 nt";
        gemm.open();
        gemm.multiply(work);
        gemm.close();
        assertEquals(2e-9 * 2 * 5 * 6 * 7, work.gflop, 1e-15);

        AttentionBenchmark attention = new AttentionBenchmark();
        attention.tokens = 3;
        work.gflop = 0;
        attention.open();
        attention.forward(work);
        attention.backward(work);
        attention.close();
        assertEquals(14e-9 * 64 * 3 * 3 * 128, work.gflop, 1e-12);

        Bytes moved = new Bytes();
        GroupNormBenchmark norm = new GroupNormBenchmark();
        norm.shape = "16 4";
        norm.open();
        norm.forward(moved);
        norm.backward(moved);
        norm.close();
        assertEquals(5 * 4e-9 * 64 * 4 * 4 * 16, moved.gigabyte, 1e-12);
    }

    @Test
    void noiseAndUpdates() {
        Bytes moved = new Bytes();
        NoiseBenchmark noise = new NoiseBenchmark();
        noise.image = "4x4x1";
        noise.open();
        noise.uniform(moved);
        noise.normal(moved);
        noise.perturb(moved);
        noise.update(moved);
        noise.langevinStep(moved);
        noise.close();
        assertEquals(12 * 4e-9 * 64 * 16, moved.gigabyte, 1e-12);

        moved.gigabyte = 0;
        AdamBenchmark adam = new AdamBenchmark();
        adam.open();
        adam.step(moved);
        adam.close();
        assertEquals(0.18, moved.gigabyte, 1e-12);
    }
}
