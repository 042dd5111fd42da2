package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.driver.NativeLibraries;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** On what a command computes, and the options that choose it. */
final class Compute {
    /** More threads than any machine has cores are a slip of the hand, not a wish. */
    private static final int MOST_THREADS = 1024;
    private static final String SEE = " (langevin devices shows what was looked for)";

    @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto",
            description = "cuda, cpu, reference (double precision, slow) or auto (cuda where it can be used, else cpu). Default: ${DEFAULT-VALUE}.")
    private String device;

    @Option(names = "--precision", paramLabel = "fp32|tf32|bf16",
            description = "Numbers that cuda computes in: fp32; tf32, which rounds the inputs of matrix products and convolutions; bf16, which "
                + "stores activations in half the memory. Default: fp32.")
    private String precision;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the CPU. Default: one for each core.")
    private Integer threads;

    /** The backend that was asked for, the thread team set; to be closed by the caller. */
    Backend open(Console console) {
        if (threads != null) {
            if (threads < 1 || threads > MOST_THREADS) {
                throw new InputException("--threads " + threads + ": give a number from 1 to " + MOST_THREADS);
            }
            Parallel.setThreads(threads);
        }
        precision(); // a slip in it is told before anything else
        return switch (device) {
            case "auto" -> automatic(console);
            case "cuda" -> cuda();
            case "cpu", "reference" -> {
                if (precision != null) {
                    throw new InputException("--precision: --device " + device + " has one of its own; leave the option out, or choose --device cuda");
                }
                yield device.equals("cpu") ? new CpuBackend() : new ReferenceBackend();
            }
            default -> throw new InputException("unknown device '" + device + "': choose one of auto, cuda, cpu, reference");
        };
    }

    private Backend automatic(Console console) {
        NativeLibraries libraries = NativeLibraries.here();
        Optional<String> missing = libraries.missing();
        if (missing.isEmpty()) {
            return cuda();
        }
        if (precision != null) {
            throw new InputException("--precision: only --device cuda has it, and " + missing.get() + SEE);
        }
        // Where there is no driver nobody expects it to be used.
        if (libraries.driverFound()) {
            console.note("computing on the CPU: %s%s", missing.get(), SEE);
        }
        return new CpuBackend();
    }

    private Precision precision() {
        return switch (precision == null ? "fp32" : precision.toLowerCase(Locale.ROOT)) {
            case "fp32" -> Precision.FP32;
            case "tf32" -> Precision.TF32;
            case "bf16" -> Precision.BF16;
            default -> throw new InputException("unknown precision '" + precision + "': choose one of fp32, tf32, bf16");
        };
    }

    private Backend cuda() {
        try {
            return CudaBackend.device(precision());
        } catch (CudaException e) {
            throw new InputException("--device cuda: " + e.getMessage() + SEE, e);
        }
    }

    /** Waits until a device has done what it was given; what is timed must end so. */
    static void await(Backend backend) {
        if (backend instanceof CudaBackend cuda) {
            cuda.runtime().synchronize();
        }
    }

    /** What computes, for people. */
    static String describe(Backend backend) {
        return switch (backend) {
            case CudaBackend cuda -> cuda.runtime().device() + " (cuda, " + cuda.precision().name().toLowerCase(Locale.ROOT) + ")";
            case ReferenceBackend reference -> reference.name();
            default -> backend.name() + " with " + Parallel.threads() + " threads";
        };
    }

    /** What computes, as figures. */
    static Map<String, Object> figures(Backend backend) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("device", backend.name());
        figures.put("threads", backend instanceof CpuBackend ? Parallel.threads() : 1);
        if (backend instanceof CudaBackend cuda) {
            figures.put("gpu", cuda.runtime().device());
            figures.put("precision", cuda.precision().name().toLowerCase(Locale.ROOT));
        }
        return figures;
    }
}
