package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.model.score.Probe;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.BitsPerDimension;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import dev.langevin.training.DataLikelihood;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How likely a trained run finds data, in nats and bits per dimension. */
@Command(name = "likelihood", mixinStandardHelpOptions = true, header = "Say how likely a trained run finds data.",
        description = {"", "The log-likelihood of the first examples of a data set by the probability-flow ODE, in nats, and for images in bits per dimension: "
            + "their pixels are spread evenly over their levels (uniform dequantisation), and the offset for the range [-1, 1] is in the figure.", ""},
        footer = {"", "Examples: langevin likelihood --run runs/mnist --n 100 --repeats 5",
            "          langevin likelihood --run runs/swiss-roll --n 1000 --split train"})
final class LikelihoodCommand implements Runnable {
    private static final int MOST_REPEATS = 1000;

    /** Which half of the data. */
    enum Split { TEST, TRAIN }

    /** How the divergence is had. */
    enum Trace { RADEMACHER, GAUSSIAN, EXACT }

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--n", paramLabel = "N", defaultValue = "100", description = "How many examples, the first of the data. Default: ${DEFAULT-VALUE}.")
    private int n;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data set's files. Default: that of the training, or the cache folder, filled when they are not there.")
    private Path data;

    @Option(names = "--split", paramLabel = "test|train", defaultValue = "test",
            description = "Examples that were held out, or those trained on. Default: ${DEFAULT-VALUE}.")
    private Split split;

    @Option(names = "--tolerance", paramLabel = "TOL", defaultValue = "1e-5",
            description = "Relative and absolute tolerance of the ODE's solver, below 1 and, in float32, at least 1e-6. Default: ${DEFAULT-VALUE}.")
    private double tolerance;

    @Option(names = "--probe", paramLabel = "rademacher|gaussian|exact",
            description = "How the divergence is had: estimated by one random probe for an example, or exactly by as many gradients as an example has "
                + "numbers. Default: exact for points, rademacher for images.")
    private Trace probe;

    @Option(names = "--repeats", paramLabel = "R", defaultValue = "1",
            description = "How often each example is dequantised and probed anew. Default: ${DEFAULT-VALUE}.")
    private int repeats;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of dequantisation and probes. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--weights", defaultValue = "ema", paramLabel = "ema|model",
            description = "Moving averages, or the weights themselves. Default: ${DEFAULT-VALUE}.")
    private TrainedRun.Weights weights;

    @Override
    public void run() {
        if (repeats < 1 || repeats > MOST_REPEATS) {
            throw new InputException("--repeats " + repeats + ": give a number from 1 to " + MOST_REPEATS);
        }
        if (!(tolerance > 0 && tolerance < 1)) {
            throw new InputException("--tolerance " + tolerance + ": give a number above 0 and below 1");
        }
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, weights, backend)) {
            TrainConfig config = trained.config();
            boolean images = config.exampleShape().length == 3;
            Trace trace = probe != null ? probe : images ? Trace.RADEMACHER : Trace.EXACT;
            if (!images && trace == Trace.EXACT && repeats > 1) {
                throw new InputException("--repeats " + repeats + ": points with an exact divergence are the same each time; "
                        + "leave the option out, or choose another with --probe");
            }
            Tolerance accepted = Tolerance.of(tolerance);
            try (Scope scope = Scope.open(backend)) {
                accepted.check();
            }
            Dataset examples = split == Split.TEST ? Datasets.openTest(config.data(), trained.data(data), config.seed(), console::note)
                    : Datasets.open(config.data(), trained.data(data), config.exampleShape(), config.seed(), console::note);
            config.check(examples);
            if (n < 1 || n > examples.size()) {
                throw new InputException("--n " + n + ": give a number from 1 to " + examples.size());
            }
            if (images && trace == Trace.EXACT) {
                console.note("--probe exact: %,d gradients at each evaluation of the score", examples.exampleSize());
            }
            measure(backend, trained, new OdeLikelihood(trained.score().sde(), accepted, divergence(trace)), examples, trace, images);
        }
    }

    private static Divergence divergence(Trace trace) {
        return switch (trace) {
            case RADEMACHER -> Divergence.hutchinson(Probe.RADEMACHER);
            case GAUSSIAN -> Divergence.hutchinson(Probe.GAUSSIAN);
            case EXACT -> Divergence.EXACT;
        };
    }

    private void measure(Backend backend, TrainedRun trained, OdeLikelihood method, Dataset examples, Trace trace, boolean images) {
        long begin = System.nanoTime();
        DataLikelihood.Figures measured;
        try (Scope scope = Scope.open(backend); Progress progress = console.progress("likelihood", "example", 0, (long) n * repeats)) {
            measured = DataLikelihood.measure(trained.score(), method, examples, n, repeats, seed, done -> progress.at((long) done, ""));
        }
        double seconds = (System.nanoTime() - begin) * 1e-9;
        int d = measured.dimensions();
        BitsPerDimension bits = BitsPerDimension.SYMMETRIC;
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("n", n);
        figures.put("split", split.name().toLowerCase(Locale.ROOT));
        figures.put("nats", measured.mean());
        figures.put("nats_standard_error", measured.standardError());
        figures.put("nats_deviation_of_repeats", measured.deviationOfRepeats());
        console.result("ln p %.4f nats%s, %s examples 1 to %,d of %s", measured.mean(), error(measured.standardError()),
                split.name().toLowerCase(Locale.ROOT), n, trained.config().data());
        if (images) {
            double value = bits.of(measured.mean(), d);
            double error = BitsPerDimension.ofDifference(measured.standardError(), d);
            figures.put("bits_per_dimension", value);
            figures.put("bits_per_dimension_standard_error", error);
            figures.put("offset", bits.offset());
            figures.put("dequantisation", "uniform");
            console.result("%.4f bits/dim%s, uniform dequantisation, offset %.0f for pixels in [%.0f, %.0f]", value, error(error), bits.offset(),
                    bits.low(), bits.high());
        }
        figures.put("eps", method.eps());
        figures.put("tolerance", tolerance);
        figures.put("probe", trace.name().toLowerCase(Locale.ROOT));
        figures.put("repeats", repeats);
        figures.put("seed", seed);
        figures.put("evaluations", measured.evaluations());
        figures.put("training_steps", trained.step());
        figures.put("seconds", seconds);
        figures.put("seconds_per_example", seconds / n / repeats);
        figures.putAll(Compute.figures(backend));
        console.result("from t = %.3g, tolerance %.3g, divergence %s, %d repeat%s", method.eps(), tolerance,
                trace == Trace.EXACT ? "exact" : "by one " + trace.name().toLowerCase(Locale.ROOT) + " probe", repeats, repeats == 1 ? "" : "s");
        console.result("%.1f evaluations of the score an example, %.1f s, %.3g s an example", measured.evaluations(), seconds, seconds / n / repeats);
        console.figures(figures);
    }

    private static String error(double standardError) {
        return Double.isNaN(standardError) ? "" : String.format(" (standard error %.4f)", standardError);
    }
}
