package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.training.compare.ObjectiveComparison;
import dev.langevin.training.compare.ObjectiveComparison.Curve;
import dev.langevin.training.compare.ObjectiveComparison.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Objectives against the exact score of a mixture, by steps and by time. */
@Command(name = "objectives", mixinStandardHelpOptions = true, header = "Train one network by each objective, and measure the score's error.",
        description = {"", "Points of a mixture of three Gaussians in the plane, whose score is known at every noise level. dsm is denoising score "
            + "matching, esm explicit (exact trace), ssm and ssm-vr sliced (one random direction). All see the same batches at the same times. "
            + "The error is the root mean square of the score's, relative to the score, with noise levels weighted alike; the "
            + "divergence is Fisher's in units of the noise, by which a denoising loss is above its least value.", ""},
        footer = {"", "Example: langevin compare objectives --steps 500 --seeds 2"})
final class CompareObjectivesCommand implements Callable<Integer> {
    private static final int MOST_STEPS = 1_000_000;
    private static final int MOST_SEEDS = 1000;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "1000", description = "Training steps of each. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Trainings of each, with seeds 1 to N. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Override
    public Integer call() {
        if (steps < 1 || steps > MOST_STEPS) {
            throw new InputException("--steps " + steps + ": give a number from 1 to " + MOST_STEPS);
        }
        if (seeds < 1 || seeds > MOST_SEEDS) {
            throw new InputException("--seeds " + seeds + ": give a number from 1 to " + MOST_SEEDS);
        }
        List<Row> rows;
        Map<String, Object> figures;
        long trainings = (long) ObjectiveComparison.cases().size() * seeds;
        try (Backend backend = compute.open(console); Progress progress = console.progress("compare objectives", "training", 0, trainings)) {
            long[] done = {0};
            rows = ObjectiveComparison.run(backend, steps, seeds, curve -> progress.at(++done[0], curve.objective().kind()));
            figures = new LinkedHashMap<>(Compute.figures(backend));
        }
        console.result("%-8s %-11s %8s %8s %10s %9s %14s", "loss", "probe", "error", "+-", "divergence", "seconds", "at equal time");
        for (Row row : rows) {
            console.result("%-8s %-11s %8.4f %8s %10.5f %9.2f %14.4f", row.objective().kind(), probe(row.objective(), "-"), row.relative(),
                    Double.isNaN(row.relativeStandardError()) ? "-" : String.format("%.4f", row.relativeStandardError()), row.divergence(),
                    row.seconds(), row.relativeAtEqualTime());
        }
        console.result("Error after %d steps, and when the quickest objective was done; means of %d seed%s.", steps, seeds, seeds == 1 ? "" : "s");
        figures.put("steps", steps);
        figures.put("seeds", seeds);
        figures.put("rows", rows.stream().map(CompareObjectivesCommand::figures).toList());
        console.figures(figures);
        return 0;
    }

    private static String probe(ObjectiveComparison.Case objective, String none) {
        return objective.probe() == null ? none : objective.probe().name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> figures(Row row) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("objective", row.objective().kind());
        figures.put("probe", probe(row.objective(), null));
        figures.put("error", row.relative());
        figures.put("error_standard_error", row.relativeStandardError());
        figures.put("divergence", row.divergence());
        figures.put("seconds", row.seconds());
        figures.put("error_at_equal_time", row.relativeAtEqualTime());
        figures.put("curves", row.curves().stream().map(CompareObjectivesCommand::figures).toList());
        return figures;
    }

    private static Map<String, Object> figures(Curve curve) {
        return Map.of("seed", curve.seed(), "points", curve.points().stream().map(point -> Map.of("step", point.step(),
                "seconds", point.seconds(), "error", point.error().relative())).toList());
    }
}
