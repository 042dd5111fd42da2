package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.score.CountingScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.sampling.SampleListener;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.compare.QualityComparison.Way;
import dev.langevin.training.config.SamplingConfig;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.EvaluationPage;
import dev.langevin.training.evaluate.EvaluationReport;
import dev.langevin.training.evaluate.EvaluationTable;
import dev.langevin.training.evaluate.Row;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How good a trained run's images are, beside real ones and beside bad ones. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, header = "Measure a trained run's images against the data's.",
        description = {"", "Draws images from the run, in equal shares of each class where it was trained with classes, rounds them to bytes, and measures them "
            + "against the held-out images of the data set: Frechet distance and others in the features of three classifiers, classes and accuracy by a fourth. "
            + "Beside them stand real images and images whose faults are known. The classifiers are trained the first time (some minutes each) and kept. "
            + "Writes evaluation.json, evaluation.md and evaluation.png into the run's folder.",
            "", "Unless a sampler is named, it is " + EvaluateCommand.SAMPLER + " in " + EvaluateCommand.STEPS + " steps.", ""},
        footer = {"", "Examples: langevin evaluate --run runs/mnist", "          langevin evaluate --run runs/mnist-conditional --guidance 2 --n 5000"})
final class EvaluateCommand implements Runnable {
    static final String SAMPLER = "dpmpp-2m";
    static final int STEPS = 20;
    /** Of held-out images, real images, five baselines and samples. */
    private static final int PARTS = 1 + 1 + Evaluation.DRAWS + 5;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private SamplerChoice choice;
    @Mixin
    private Condition condition;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of a run of images.")
    private Path run;

    @Option(names = "--n", paramLabel = "N", defaultValue = "10000",
            description = "How many images. Figures for different numbers do not compare. Default: ${DEFAULT-VALUE}.")
    private int n;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data set's files. Default: that of the training, or the cache folder, filled when they are not there.")
    private Path data;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1",
            description = "Seed of the samples' noise, of the draws of real images and of the baselines. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--weights", defaultValue = "ema", paramLabel = "ema|model",
            description = "Moving averages, or the weights themselves. Default: ${DEFAULT-VALUE}.")
    private TrainedRun.Weights weights;

    /** What was sampled, and how. */
    private record Samples(ByteImages images, int[] wanted, Sampler sampler, SampleOptions options, double evaluations, double seconds) {
    }

    @Override
    public void run() {
        TrainConfig config = TrainingRun.config(run);
        if (config.classes() > 0) {
            condition.everyClass();
        }
        condition.check();
        if (condition.label() != null && !condition.all()) {
            throw new InputException("--label " + condition.label() + ": the data are of every class, and so are the samples; give 'all', or leave it out");
        }
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, weights, backend); Condition given = condition) {
            OutputFile.check("--run", run.resolve("evaluation.png"));
            // What is opened for the score closes after the measures, which are opened later.
            Way way = way("samples", choice, given.score(trained, n, backend), trained, seed);
            try (Measures measures = Measures.open(trained, data, "--n", n, backend, console)) {
                evaluate(backend, trained, given, way, measures);
            }
        }
    }

    /** How images are drawn that are to be measured: by the sampler that the user names, else by {@link #SAMPLER}. Nothing is drawn yet. */
    static Way way(String name, SamplerChoice choice, ScoreFunction score, TrainedRun trained, long seed) {
        SamplingConfig usual = choice.isNamed() ? trained.config().sampling() : new SamplingConfig(SAMPLER, STEPS, STEPS, 1);
        Sampler sampler = choice.sampler(usual);
        return new Way(name, choice.bounded(score, trained.score().sde()), sampler, choice.options(sampler, usual.steps(), seed));
    }

    private void evaluate(Backend backend, TrainedRun trained, Condition given, Way way, Measures measures) {
        long begin = System.nanoTime();
        Progress[] measuring = new Progress[1];
        int[] done = {-1};
        Evaluation evaluation;
        List<Row> real;
        List<Row> baselines;
        // Before the samples: what memory does not allow is seen before they are drawn, and not after.
        try (Progress progress = console.progress("measuring", "set", 0, PARTS)) {
            measuring[0] = progress;
            evaluation = measures.evaluation(n, seed, what -> measuring[0].at(++done[0], what));
            real = evaluation.real();
            baselines = evaluation.baselines();
        }
        Samples samples = sample(trained, given, way);
        int[] shown = EvaluationPage.shown(n, samples.wanted() == null ? 0 : measures.train().classes());
        ByteImages compared = samples.images().select(EvaluationPage.compared(shown));
        Row sampled;
        ByteImages nearest;
        try (Progress progress = console.progress("measuring", "set", PARTS - 1, PARTS)) {
            measuring[0] = progress;
            sampled = evaluation.row("samples", samples.images(), samples.wanted());
            nearest = evaluation.nearest(compared);
        }
        EvaluationTable table = new EvaluationTable(EvaluationTable.distance(trained.config().data(), n), List.of(sampled), real, baselines,
                evaluation.seenForMemorisation());
        Map<String, Object> about = about(trained, given, samples, evaluation, table);
        about.putAll(measures.figures(evaluation));
        about.putAll(Compute.figures(backend));
        about.put("seconds", (System.nanoTime() - begin) * 1e-9);
        title(trained, given, samples).forEach(line -> console.result("%s", line)); // before files, which a full disk may refuse
        console.result("%n%s%n", table.text());
        table.notes().forEach(note -> console.result("%s", note));
        EvaluationReport report = new EvaluationReport("evaluation", about, table,
                EvaluationPage.of(title(trained, given, samples), table, sampled, evaluation.expected(samples.wanted()),
                    samples.images().select(shown), compared, nearest));
        List<Path> files = report.write(run);
        files.forEach(file -> console.result("%s", file));
        console.figures(report.figures());
    }

    private Samples sample(TrainedRun trained, Condition given, Way way) {
        TrainConfig config = trained.config();
        CountingScore score = new CountingScore(way.score());
        long begin = System.nanoTime();
        long[] done = {0};
        try (Progress progress = console.progress("sampling", "image", 0, n)) {
            SampleListener shown = (step, steps, t, x) -> {
                progress.at(done[0] + (long) x.dim(0) * step / steps, String.format("t %.3f", t));
                done[0] += step == steps ? x.dim(0) : 0;
            };
            float[] images = SampleSheet.draw(score, trained.score().sde(), way.sampler(), n, config.exampleShape(), way.options().withListener(shown));
            int[] wanted = given.all() ? SampleSheet.classesByRow(n, given.classes(trained)) : null;
            return new Samples(ByteImages.quantised(images, config.exampleShape()), wanted, way.sampler(), way.options(), (double) score.images() / n,
                    (System.nanoTime() - begin) * 1e-9);
        }
    }

    private List<String> title(TrainedRun trained, Condition given, Samples samples) {
        return List.of(String.format("%s: data set %s, training step %,d", run, trained.config().data(), trained.step()),
                String.format("%,d samples by %s in %s, %.1f evaluations of the score each%s, seed %d", n, samples.sampler().name(),
                        samples.sampler().adaptive() ? "steps of its own" : samples.options().steps() + " steps", samples.evaluations(),
                        given.all() ? String.format(", classes in equal shares, guidance %.3g", given.weight()) : "", seed));
    }

    private Map<String, Object> about(TrainedRun trained, Condition given, Samples samples, Evaluation evaluation, EvaluationTable table) {
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("run", run.toString());
        about.put("data", trained.config().data());
        about.put("distance", EvaluationTable.distance(trained.config().data(), n));
        about.put("n", n);
        about.put("held_out", evaluation.references());
        about.put("nearer_train_if_copied", table.nearerTrainIfCopied());
        about.put("training_steps", trained.step());
        about.put("weights", weights.name().toLowerCase(Locale.ROOT));
        about.put("sampler", samples.sampler().name());
        about.put("steps", samples.sampler().adaptive() ? null : samples.options().steps());
        about.put("evaluations", samples.evaluations());
        about.put("seed", seed);
        about.put("label", given.label());
        about.put("guidance", given.weight());
        about.put("sampling_seconds", samples.seconds());
        return about;
    }
}
