package dev.langevin.benchmarks.peer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.Parallel;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Langevin beside libtorch on one machine, in one process: the same U-Nets with the same weights, first shown to agree,
 * then timed in alternation. benchmarks/README.md says how to run it.
 */
@Command(name = "side-by-side", mixinStandardHelpOptions = true,
        header = "Time Langevin and libtorch in alternation on the same U-Nets, and print the ratio of medians.")
public final class SideBySide implements Callable<Integer> {
    private static final int TRIAL_TURNS = 3;
    private static final double NET_WARM_UP = 15;
    private static final double OP_WARM_UP = 1;

    @Option(names = "--net", paramLabel = "NAME", split = ",",
            description = "small (base 32; 1, 2, 2), mnist-unet (base 64; 1, 2, 4). Default: both.")
    private List<String> nets;

    @Option(names = "--ops", paramLabel = "REGEX", arity = "0..1", fallbackValue = "",
            description = "Not nets but single ops: those whose name the regular expression is found in, or all.")
    private String ops;

    @Option(names = "--memory", description = "Not times but peak memory of training steps, each side in a process of its own.")
    private boolean memory;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "3", description = "Training steps for --memory, after four. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "64", description = "Images at once. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2", description = "Threads of each side. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--turns", paramLabel = "N", defaultValue = "5", description = "Turns of each side. Default: ${DEFAULT-VALUE}.")
    private int turns;

    @Option(names = "--repeats", paramLabel = "N",
            description = "Repeats in a turn; what is shorter than 0.3 s is repeated until it is not. Default: 2, of ops 1.")
    private Integer repeats;

    @Option(names = "--warm-up", paramLabel = "S",
            description = "Seconds of unmeasured work of Langevin, for the JVM to compile; libtorch has its trial. Default: 15, of ops 1.")
    private Double warmUp;

    @Option(names = "--json", description = "Print one JSON object on standard output, and nothing else there.")
    private boolean json;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new SideBySide()).setExecutionExceptionHandler((e, line, result) -> {
            if (e instanceof InputException) {
                line.getErr().println(e.getMessage());
                return 2;
            }
            throw e;
        }).execute(arguments));
    }

    @Override
    public Integer call() throws JsonProcessingException {
        if (ops != null && (nets != null || memory)) {
            throw new InputException("--ops: goes with neither --net nor --memory");
        }
        nets = nets == null ? List.of("small", "mnist-unet") : nets;
        repeats = repeats != null ? repeats : ops == null ? 2 : 1;
        warmUp = warmUp != null ? warmUp : ops == null ? NET_WARM_UP : OP_WARM_UP;
        if (batch < 2 || threads < 1 || turns < 1 || repeats < 1 || steps < 1 || !(warmUp >= 0)) {
            throw new InputException("--batch must be at least 2, --threads, --turns, --repeats and --steps at least 1, --warm-up at least 0");
        }
        nets.forEach(name -> Contest.config(name, batch)); // a slip is told before anything else
        Map<String, Object> figures = new LinkedHashMap<>();
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        Parallel.setThreads(threads);
        Libtorch.load(threads);
        List<PeerOp> chosen = ops == null ? List.of() : Operations.named(ops, batch); // not earlier: it touches libtorch
        List<String> settings = Libtorch.settings();
        figures.put("load_before", load);
        figures.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        figures.put("java_options", ManagementFactory.getRuntimeMXBean().getInputArguments());
        figures.put("libtorch", settings);
        figures.put("batch", batch);
        figures.put("threads", threads);
        say("Load average before the run: %.2f; %s; batch %d, %d threads, float32", load, figures.get("java"), batch, threads);
        settings.forEach(s -> say("  %s", s));
        if (ops != null) {
            figures.put("ops", new Operations(this::say, warmUp, turns, repeats).run(chosen));
        } else {
            MemoryContest contest = new MemoryContest(this::say, batch, threads, steps);
            figures.put(memory ? "memory" : "nets", nets.stream().map(memory ? contest::run : this::compare).toList());
        }
        if (json) {
            System.out.println(new ObjectMapper().writeValueAsString(figures));
        }
        return 0;
    }

    private Map<String, Object> compare(String name) {
        try (Contest contest = new Contest(Contest.config(name, batch), batch)) {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("net", name);
            figures.put("parameters", contest.parameters());
            say("%n%s, %,d weights", name, contest.parameters());
            contest.agreements().forEach((format, a) -> {
                say("  agreement with libtorch (%s): output %.1e, loss %.1e, gradients %.1e (worst: %s)", format,
                        a.output(), a.loss(), a.gradient(), a.weight());
                figures.put("agreement, " + format, a);
            });
            figures.put("train_step", time("training step", contest.trainStep(), contest.peerTrainSteps()));
            figures.put("forward", time("forward", contest.forward(), contest.peerForwards()));
            return figures;
        }
    }

    private Map<String, Object> time(String what, Turns.Work ours, List<Turns.Work> layouts) {
        Map<String, Object> figures = new LinkedHashMap<>();
        Duel duel = Duel.fight(ours, layouts, warmUp, TRIAL_TURNS, turns, repeats);
        for (Turns.Work trial : duel.trials()) {
            figures.put("trial of " + trial.name(), figures(what, "trial of " + trial.name(), trial));
        }
        figures.put(duel.ours().name(), figures(what, duel.ours().name(), duel.ours()));
        figures.put(duel.theirs().name(), figures(what, duel.theirs().name(), duel.theirs()));
        say("  %-13s ratio of medians, libtorch / Langevin: %.2f (above 1: Langevin is faster)", what, duel.ratio());
        figures.put("ratio", duel.ratio());
        return figures;
    }

    private Map<String, Object> figures(String what, String name, Turns.Work work) {
        say("  %-13s %-33s median of %2d %8.1f ms (%.1f to %.1f), %6.1f images/s%s", what, name, work.seconds().size(),
                work.median() * 1e3, work.fastest() * 1e3, work.slowest() * 1e3, batch / work.median(),
                work.disturbed().isEmpty() ? "" : "; left out " + work.disturbed().size() + " disturbed by other processes");
        return Map.of("median_ms", work.median() * 1e3, "images_per_second", batch / work.median(), "seconds", work.seconds(),
                "disturbed_seconds", work.disturbed());
    }

    private void say(String format, Object... arguments) {
        (json ? System.err : System.out).printf(format + "%n", arguments);
    }
}
