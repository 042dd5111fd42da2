package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The same training on the CPU and on CUDA, from one seed. */
@Command(name = "follow", mixinStandardHelpOptions = true, header = "Train on the CPU and on CUDA with one seed; print losses side by side.",
        description = {"", "Rounding differs, so losses drift apart slowly. Fails when the means of ten steps differ by more than",
            "2 %% (fp32, tf32) or 10 %% (bf16).", ""})
final class Follow implements Callable<Integer> {
    private static final int WINDOW = 10;

    @Mixin
    private final Devices devices = new Devices();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "200", description = "Training steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--preset", paramLabel = "P", defaultValue = "mnist", description = "Network and optimiser. Default: ${DEFAULT-VALUE}.")
    private String preset;

    @Option(names = "--precision", paramLabel = "P", defaultValue = "FP32", description = "Of ${COMPLETION-CANDIDATES}. Default: fp32.")
    private Precision precision;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with MNIST's files. Default: the cache folder.")
    private Path data;

    @Override
    public Integer call() {
        if (steps < 1) {
            throw new InputException("--steps " + steps + ": give at least 1");
        }
        TrainConfig config = devices.emulate ? Plan.emulated().network().withBatch(2) : Presets.named(preset);
        Dataset examples = devices.emulate ? new RandomImages(16, config.exampleShape()) : Datasets.open(config.data(), data, config.exampleShape(), config.seed(), System.err::println);
        double[] cuda;
        try (devices) {
            cuda = losses(config, examples, devices.backend(precision));
        }
        double[] cpu;
        try (Backend backend = new CpuBackend()) {
            cpu = losses(config, examples, backend);
        }
        return compare(cpu, cuda);
    }

    private double[] losses(TrainConfig config, Dataset examples, Backend backend) {
        double[] losses = new double[steps];
        long begin = System.nanoTime();
        try (Trainer trainer = new Trainer(config, examples, backend)) {
            for (int i = 0; i < steps; i++) {
                losses[i] = trainer.step(i + 1).loss();
            }
        }
        System.err.printf("%d steps on %s: %.1f s%n", steps, backend.name(), (System.nanoTime() - begin) * 1e-9);
        return losses;
    }

    private int compare(double[] cpu, double[] cuda) {
        System.out.printf("%6s %14s %14s %12s%n", "step", "cpu", "cuda", "difference");
        double most = 0;
        double mostOfMeans = 0;
        for (int i = 0; i < steps; i++) {
            double difference = Math.abs(cuda[i] / cpu[i] - 1);
            most = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(most, difference);
            if (i % WINDOW == 0 || i + 1 == steps) {
                System.out.printf("%6d %14.8f %14.8f %12.2e%n", i + 1, cpu[i], cuda[i], difference);
            }
            if (i + 1 >= Math.min(WINDOW, steps)) {
                double ratio = mean(cuda, i) / mean(cpu, i);
                mostOfMeans = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : Math.max(mostOfMeans, Math.abs(ratio - 1));
            }
        }
        double least = precision == Precision.BF16 ? 0.1 : 0.02;
        boolean follows = mostOfMeans <= least;
        System.out.printf("%s: largest difference of a step %.2e, of means of %d steps %.2e (%.2g allowed)%n",
                follows ? "CUDA follows the CPU" : "CUDA DOES NOT FOLLOW the CPU", most, Math.min(WINDOW, steps), mostOfMeans, least);
        return follows ? 0 : 1;
    }

    private static double mean(double[] values, int last) {
        return Arrays.stream(values, Math.max(0, last + 1 - WINDOW), last + 1).average().orElseThrow();
    }
}
