package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** A step of {@link Trainer} on random images: perturb, forward, loss, backward, clip, Adam, moving average. */
@Warmup(iterations = 2, time = 6)
@Measurement(iterations = 3, time = 6)
public class TrainStepBenchmark extends OnCpu {
    @Param({"small", "mnist", "mnist-unet"})
    public String net;

    @Param("64")
    public int batch;

    private Trainer trainer;
    private long step;
    private double gflop;

    @Override
    void prepare() {
        // Operations are proportional to the images.
        gflop = batch * Nets.gigaflops(backend -> {
            try (Trainer one = trainer(1, backend)) {
                one.step(1);
            }
        });
        trainer = trainer(batch, backend());
    }

    private Trainer trainer(int images, CpuBackend backend) {
        TrainConfig config = Nets.named(net, images);
        return new Trainer(config, new RandomExamples(images, config.exampleShape()), backend);
    }

    @Override
    public void close() {
        trainer.close();
        super.close();
    }

    @Benchmark
    public double step(Flops work, Images images) {
        work.gflop += gflop;
        images.images += batch;
        return trainer.step(++step).loss();
    }
}
