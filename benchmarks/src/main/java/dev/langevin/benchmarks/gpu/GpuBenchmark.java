package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.kernels.CudaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures on a GPU, and checks there what takes more than a test may: benchmarks/README.md says how to run it. */
@Command(name = "gpu", mixinStandardHelpOptions = true, header = "Measure and check Langevin on a GPU.",
        subcommands = {Bench.class, Follow.class, Memory.class})
public final class GpuBenchmark implements Runnable {
    @Spec
    private CommandLine.Model.CommandSpec spec;

    private GpuBenchmark() {
    }

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    /** Exit status: 0 done, 1 something failed or does not hold, 2 the input is wrong. */
    public static int execute(String... arguments) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        return new CommandLine(new GpuBenchmark()).setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, line, result) -> {
                    if (e instanceof LangevinException || e instanceof CudaException) {
                        line.getErr().println("gpu: " + e.getMessage());
                        return e instanceof InputException ? 2 : 1;
                    }
                    throw e;
                }).execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say bench, follow or memory");
    }

    /** What the driver's own tool says of driver and clocks, or that it is not there. */
    static String driver() {
        try {
            Process process = new ProcessBuilder("nvidia-smi", "--query-gpu=driver_version,clocks.sm,clocks.mem,power.limit,memory.total",
                    "--format=csv,noheader").redirectErrorStream(true).start();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "nvidia-smi did not answer";
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip().replace('\n', ';');
        } catch (IOException e) {
            return "nvidia-smi is not there";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
