package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.reference.ReferenceBackend;
import picocli.CommandLine.Option;

/** On what a command computes, and the options that choose it. */
final class Compute {
    /** More threads than any machine has cores are a slip of the hand, not a wish. */
    private static final int MOST_THREADS = 1024;

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto",
            description = "cpu, reference (double precision, slow) or auto (the fastest there is). Default: ${DEFAULT-VALUE}.")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the CPU. Default: one for each core.")
    private Integer threads;

    /** The backend that was asked for, the thread team set; to be closed by the caller. */
    Backend open() {
        if (threads != null) {
            if (threads < 1 || threads > MOST_THREADS) {
                throw new InputException("--threads " + threads + ": give a number from 1 to " + MOST_THREADS);
            }
            Parallel.setThreads(threads);
        }
        return switch (device) {
            case "cpu", "auto" -> new CpuBackend();
            case "reference" -> new ReferenceBackend();
            case "cuda" -> throw new InputException("--device cuda: this build has no CUDA backend; use cpu");
            default -> throw new InputException("unknown device '" + device + "': choose one of auto, cpu, reference, cuda");
        };
    }

    /** Threads that work on {@code backend}. */
    static int threads(Backend backend) {
        return backend instanceof ReferenceBackend ? 1 : Parallel.threads();
    }
}
