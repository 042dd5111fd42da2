package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.InputException;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether a long training holds the same memory at its end as soon after its start. */
@Command(name = "memory", mixinStandardHelpOptions = true, header = "Train for many steps and watch the device's memory.")
final class Memory implements Callable<Integer> {
    /** Steps until every graph, algorithm and pool is there. */
    private static final int SETTLED = 5;
    /** What the driver may keep for itself without a leak of ours. */
    private static final long SLACK = 32L << 20;

    @Mixin
    private final Devices devices = new Devices();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "10000", description = "Training steps, more than 5. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--preset", paramLabel = "P", defaultValue = "mnist", description = "Network and optimiser. Default: ${DEFAULT-VALUE}.")
    private String preset;

    @Option(names = "--precision", paramLabel = "P", defaultValue = "FP32", description = "Of ${COMPLETION-CANDIDATES}. Default: fp32.")
    private Precision precision;

    @Override
    public Integer call() {
        if (steps <= SETTLED) {
            throw new InputException("--steps " + steps + ": give more than " + SETTLED);
        }
        TrainConfig config = devices.emulate ? Plan.emulated().network().withBatch(2) : Presets.named(preset);
        long held = 0;
        long free = 0;
        boolean flat = true;
        try (devices) {
            CudaBackend backend = devices.backend(precision);
            try (Trainer trainer = new Trainer(config, new RandomImages(1024, config.exampleShape()), backend)) {
                for (int step = 1; step <= steps; step++) {
                    trainer.step(step);
                    if (step == SETTLED) {
                        held = backend.bytesHeld();
                        free = backend.runtime().memory()[0];
                    }
                    if (step == SETTLED || step % Math.max(1, steps / 10) == 0 && step > SETTLED || step == steps) {
                        long now = backend.runtime().memory()[0];
                        System.out.printf("step %6d: %,d bytes held, %,d bytes free on the device%n", step, backend.bytesHeld(), now);
                        flat &= backend.bytesHeld() == held && free - now <= SLACK;
                    }
                }
            }
        }
        System.out.println(flat ? "memory is flat" : "memory GREW after step " + SETTLED);
        return flat ? 0 : 1;
    }
}
