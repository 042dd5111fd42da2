package dev.langevin.tests.training;

import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A training run in a JVM of its own, to be killed: starts the run in a folder or goes on with it. Arguments: network,
 * folder, threads. After each step it prints the step's number and waits for a byte on its input, so that the one who
 * kills it chooses the moment however fast the machine is.
 */
final class KilledRun {
    private KilledRun() {
    }

    public static void main(String[] args) {
        Path folder = Path.of(args[1]);
        Parallel.setThreads(Integer.parseInt(args[2]));
        TrainingRun.Listener listener = new TrainingRun.Listener() {
            @Override
            public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
                System.out.println(step);
                try {
                    if (System.in.read() < 0) {
                        throw new IllegalStateException("the test is gone");
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void wrote(Path file) {
            }
        };
        TrainingRun run = Files.exists(folder.resolve("config.toml"))
                ? TrainingRun.resume(folder, TrainingRun.config(folder), TinyRuns.data(args[0]), listener)
                : TrainingRun.create(folder, TinyRuns.config(args[0]), TinyRuns.data(args[0]), listener);
        try (CpuBackend backend = new CpuBackend()) {
            run.train(backend, Double.POSITIVE_INFINITY);
        }
    }
}
