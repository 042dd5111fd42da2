package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.training.compare.TraceComparison;
import dev.langevin.training.compare.TraceComparison.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The exact trace against sliced score matching, as the dimension grows. */
@Command(name = "traces", mixinStandardHelpOptions = true, header = "Cost and error of exact and sliced score matching by dimension.",
        description = {"", "Time: a loss of 16 examples and its gradient in the weights of an MLP. Error: how far one random direction is from the exact "
            + "loss of an example, as a standard deviation over d, for the score of a Gaussian whose neighbouring coordinates are correlated "
            + "by 1/2; beside it that loss. Over a batch of N examples it falls by the root of N.", ""},
        footer = {"", "Example: langevin compare traces --dimensions 2,32,512"})
final class CompareTracesCommand implements Callable<Integer> {
    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--dimensions", split = ",", paramLabel = "D", description = "From 2 to 4096 each. Default: 2,8,32,128,784.")
    private List<Integer> dimensions = TraceComparison.DIMENSIONS;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "0.3", description = "For how long each time is measured. Default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Override
    public Integer call() {
        if (!(seconds > 0 && Double.isFinite(seconds))) {
            throw new InputException("--seconds " + seconds + ": give a number above 0");
        }
        TraceComparison.check(dimensions);
        List<Row> rows;
        Map<String, Object> figures;
        try (Backend backend = compute.open(console)) {
            console.result("%5s %-8s %-11s %11s %9s %9s", "d", "loss", "probe", "ms", "loss/d", "error/d");
            rows = TraceComparison.run(backend, dimensions, seconds, this::print);
            figures = new LinkedHashMap<>(Compute.figures(backend));
        }
        figures.put("rows", rows.stream().map(CompareTracesCommand::figures).toList());
        console.figures(figures);
        return 0;
    }

    private void print(Row row) {
        console.result("%5d %-8s %-11s %11.3f %9.4f %9.4f", row.dimension(), row.objective(),
                row.probe() == null ? "-" : row.probe().name().toLowerCase(Locale.ROOT), 1e3 * row.seconds(), row.loss(), row.standardError());
    }

    private static Map<String, Object> figures(Row row) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("dimension", row.dimension());
        figures.put("objective", row.objective());
        figures.put("probe", row.probe() == null ? null : row.probe().name().toLowerCase(Locale.ROOT));
        figures.put("ms_median", 1e3 * row.seconds());
        figures.put("loss", row.loss());
        figures.put("standard_error", row.standardError());
        return figures;
    }
}
