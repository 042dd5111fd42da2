package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Times a training step, a network's forward pass, or one op. */
@Command(name = "bench", mixinStandardHelpOptions = true, header = "Time a training step, a forward pass or one op.",
        description = {"", "On random data: warm-up, then the median over repeats.", ""},
        footer = {"", "Examples:", "  langevin bench train-step --preset mnist-unet --batch 64",
            "  langevin bench train-step --preset mnist-unet --batch 64 --profile", "  langevin bench conv --backward --explain"})
final class BenchCommand implements Runnable {
    private static final int MOST = 65_536;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Parameters(paramLabel = "WHAT", completionCandidates = Names.OfBenchmarks.class, description = "One of ${COMPLETION-CANDIDATES}.")
    private String what;

    @Option(names = "--preset", paramLabel = "P", defaultValue = "mnist", completionCandidates = Names.OfPresets.class,
            description = "Network and optimiser of train-step and forward, one of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private String preset;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "64", description = "Images at once. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "20", description = "How long to measure, after the warm-up. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(names = "--backward", description = "Time an op's forward and backward pass together, not forward alone.")
    private boolean backward;

    @Option(names = "--profile", description = "Then time each kernel for as long again, and print tables by op and by op and shape. Not on cuda.")
    private boolean profile;

    @Option(names = "--explain", description = "Then say which kernel is chosen for each op and shape that has several, and why.")
    private boolean explain;

    /**
     * @param profile null where none was asked for
     * @param choices null where none were asked for
     */
    private record Measured(Timing.Result timing, Profile profile, List<Explanation.Row> choices) {
    }

    @Override
    public void run() {
        if (batch < 1 || batch > MOST) {
            throw new InputException("--batch " + batch + ": give a number from 1 to " + MOST);
        }
        if (!(seconds > 0)) {
            throw new InputException("--seconds " + seconds + ": give a number above 0");
        }
        boolean network = what.equals("train-step") || what.equals("forward");
        TrainConfig config = network ? Presets.named(preset).withBatch(batch) : null;
        if (what.equals("forward") && config.isClassifier()) {
            throw new InputException("bench forward: preset " + preset + " trains a classifier, which has no score; give train-step, or another preset");
        }
        BenchOp op = network ? null : BenchOp.named(what);
        try (Backend backend = compute.open(console)) {
            if (profile && backend instanceof CudaBackend) {
                throw new InputException("--profile: a kernel of cuda runs after the call that issues it; choose --device cpu, or use NVIDIA's profiler");
            }
            Measured measured;
            long parameters = 0;
            if (network) {
                try (NetworkBench bench = new NetworkBench(config, backend)) {
                    Runnable work = what.equals("train-step") ? bench::trainStep : bench::forward;
                    measured = measure(backend, () -> {
                        work.run();
                        Compute.await(backend);
                    });
                    parameters = bench.parameters();
                }
            } else {
                measured = op.time(backend, batch, backward, work -> measure(backend, work));
            }
            report(backend, measured, op, parameters);
        }
    }

    private Measured measure(Backend backend, Runnable work) {
        Timing.Result timing = Timing.of(work, seconds);
        Profile watched = profile ? Profile.of(backend, work, seconds) : null;
        return new Measured(timing, watched, explain ? Explanation.of(backend, work) : null);
    }

    private void report(Backend backend, Measured measured, BenchOp op, long parameters) {
        Timing.Result timing = measured.timing();
        double milliseconds = timing.median() * 1e3;
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("what", what);
        figures.put("images_per_second", batch / timing.median());
        figures.put("ms_median", milliseconds);
        figures.put("ms_fastest", timing.fastest() * 1e3);
        figures.put("preset", op == null ? preset : null);
        figures.put("batch", batch);
        figures.putAll(Compute.figures(backend));
        figures.put("repeats", timing.repeats());
        figures.put("bytes_allocated", timing.allocated());
        if (op == null) {
            figures.put("parameters", parameters);
        } else {
            figures.put("backward", backward);
            figures.put("shape", op.shape(batch));
            figures.put("gflops", op.flops(batch, backward) / timing.median() * 1e-9);
        }
        console.result("%s%s, batch %d, %s: median of %d repeats %.2f ms, %.1f images/s%s; %.1f KiB allocated a call", what,
                op == null ? " of " + preset + " (" + String.format("%,d", parameters) + " weights)" : " " + op.shape(batch)
                        + (backward ? " forward + backward" : ""),
                batch, Compute.describe(backend), timing.repeats(), milliseconds, batch / timing.median(),
                op == null || op.flops(batch, backward) == 0 ? ""
                        : String.format(", %.1f GFLOP/s", op.flops(batch, backward) / timing.median() * 1e-9),
                timing.allocated() / 1024);
        if (measured.profile() != null) {
            ProfileReport.print(console, what, measured.profile());
            figures.put("profile", ProfileReport.figures(measured.profile()));
        }
        if (measured.choices() != null) {
            Explanation.print(console, measured.choices());
            figures.put("choices", measured.choices().stream().map(Explanation.Row::figures).toList());
        }
        console.figures(figures);
    }

    /** What can be timed. */
    static List<String> names() {
        return Stream.concat(Stream.of("train-step", "forward"), Arrays.stream(BenchOp.values()).map(BenchOp::label)).toList();
    }
}
