package dev.langevin.benchmarks;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Corrector;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.stochastic.LangevinCorrector;
import dev.langevin.sampling.stochastic.ReverseDiffusion;
import dev.langevin.training.TrainConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** A step of the predictor-corrector sampler with a U-Net: reverse diffusion, then one Langevin step; two passes of the network. */
@Warmup(iterations = 2, time = 4)
@Measurement(iterations = 3, time = 4)
public class SamplerStepBenchmark extends OnCpu {
    private static final double TIME = 0.5;
    private static final double STEP = 0.005;

    @Param({"small", "mnist", "mnist-unet"})
    public String net;

    @Param("64")
    public int batch;

    private final Predictor predictor = new ReverseDiffusion();
    private final Corrector corrector = new LangevinCorrector();
    private Sde sde;
    private NetworkScore score;
    private Tensor x;
    private int step;
    private double gflop;

    @Override
    void prepare() {
        gflop = batch * Nets.gigaflops(this::oneImage);
        set(batch);
    }

    private void oneImage(CpuBackend backend) {
        try (dev.langevin.engine.Scope scope = dev.langevin.engine.Scope.open(backend)) {
            set(1);
            forward(this::next);
        }
    }

    /** Network and images in the current scope. */
    private void set(int images) {
        TrainConfig config = Nets.named(net, images);
        sde = config.sde().build();
        Parameters parameters = Parameters.create(config.seed());
        score = new NetworkScore(config.build(parameters), config.parametrisation(), sde);
        int[] e = config.exampleShape();
        x = random(Shape.of(images, e[0], e[1], e[2]).dims());
    }

    private Tensor next() {
        Noise noise = new Noise(1, 0, ++step);
        Tensor predicted = predictor.step(score, sde, x, TIME, TIME - STEP, noise).x();
        return corrector.correct(score, sde, predicted, TIME - STEP, STEP, noise);
    }

    @Benchmark
    public void step(Flops work, Images images) {
        forward(this::next);
        work.gflop += gflop;
        images.images += batch;
    }
}
