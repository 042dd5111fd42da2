package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.sampling.guidance.ClassifierGuidance;
import dev.langevin.sampling.guidance.GuidanceScale;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.compare.QualityComparison;
import dev.langevin.training.compare.QualityComparison.Drawn;
import dev.langevin.training.compare.QualityComparison.Way;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.EvaluationReport;
import dev.langevin.training.evaluate.EvaluationTable;
import dev.langevin.training.evaluate.Row;
import dev.langevin.training.image.Charts;
import dev.langevin.training.image.GuidancePlot;
import dev.langevin.training.image.ImageTable;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What guidance buys and costs, against its weight. */
@Command(name = "guidance", mixinStandardHelpOptions = true, header = "Measure samples by class at each weight of guidance.",
        description = {"", "Draws images in equal shares of each class, the same noise at each weight, and measures them as 'evaluate' does: how often an independent "
            + "classifier sees the class that was asked for, and how far the images are from the data's. Of a run with classes by classifier-free guidance; "
            + "with --classifier in three ways: a constant weight, one that falls linearly with the noise, and one that holds between two noise levels only. "
            + "Writes guidance.json, guidance.md, guidance.png (the first images of each class) and guidance-curve.png into the run's folder.",
            "", "Unless a sampler is named, it is " + EvaluateCommand.SAMPLER + " in " + EvaluateCommand.STEPS + " steps.", ""},
        footer = {"", "Examples: langevin compare guidance --run runs/mnist-conditional",
            "          langevin compare guidance --run runs/mnist --classifier runs/noise-classifier-mnist --n 1000"})
final class CompareGuidanceCommand implements Runnable {
    private static final String NAME = "guidance";
    private static final double[] CLASSIFIER_FREE = {0, 1, 1.5, 2, 3, 5};
    private static final double[] BY_CLASSIFIER = {1, 3, 10, 30};
    /** Noise levels, in units of data in [-1, 1]. What class a digit is of is settled between those of the range; a range that ends at 3 comes too late. */
    private static final double FALLS_TO = 10;
    private static final double[] RANGE = {0.5, 30};
    /** Images of each class that the picture shows. */
    private static final int SHOWN = 4;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private SamplerChoice choice;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of a run of images.")
    private Path run;

    @Option(names = "--classifier", paramLabel = "DIR", description = "Run of preset noise-classifier-mnist: it guides the run's score without classes.")
    private Path classifier;

    @Option(names = "--weights", split = ",", paramLabel = "W",
            description = "Weights, separated by commas; 0 is no guidance, 1 Bayes' rule. Default: 0,1,1.5,2,3,5; with --classifier 1,3,10,30.")
    private double[] weights;

    @Option(names = "--guidance-falls-to", paramLabel = "SIGMA", description = "With --classifier: the noise level at which the falling weight is 0. Default: 10.")
    private Double last;

    @Option(names = "--guidance-range", split = ",", paramLabel = "MIN,MAX",
            description = "With --classifier: noise levels between which the third way guides. Default: 0.5,30.")
    private double[] range;

    @Option(names = "--n", paramLabel = "N", defaultValue = "2000", description = "Images at each weight. Default: ${DEFAULT-VALUE}.")
    private int n;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data set's files. Default: that of the training, or the cache folder, filled when they are not there.")
    private Path data;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of the noise and of the draws of real images. Default: ${DEFAULT-VALUE}.")
    private long seed;

    /**
     * A strength of guidance.
     *
     * @param way its curve; null for none
     */
    private record Setting(String way, double weight, ScoreFunction score) {
        String name() {
            return way == null ? "unguided" : way + " " + (weight == Math.rint(weight) ? String.valueOf((long) weight) : String.valueOf(weight));
        }
    }

    @Override
    public void run() {
        double[] chosen = weights != null ? weights : classifier != null ? BY_CLASSIFIER : CLASSIFIER_FREE;
        for (double weight : chosen) {
            if (!(weight >= 0 && Double.isFinite(weight))) {
                throw new InputException("--weights " + weight + ": give numbers of at least 0");
            }
        }
        if (classifier == null && (last != null || range != null)) {
            throw new InputException((last != null ? "--guidance-falls-to" : "--guidance-range") + ": is of guidance by a classifier; give one with --classifier, or leave it out");
        }
        if (range != null && range.length != 2) {
            throw new InputException("--guidance-range " + Arrays.toString(range) + ": give MIN,MAX");
        }
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend);
                TrainedRun guide = classifier == null ? null : Condition.classifier(classifier, trained, backend)) {
            if (guide == null && trained.config().classes() == 0) {
                throw new InputException("--run " + run + ": was trained without classes; give one of preset mnist-conditional, or a classifier with --classifier");
            }
            OutputFile.check("--run", run.resolve(NAME + ".png"));
            int[] wanted = SampleSheet.classesByRow(n, (guide == null ? trained : guide).config().classes());
            List<Setting> settings = guide == null ? classifierFree(trained.score(), wanted, chosen) : byClassifier(trained.score(), guide.classifier(), wanted, chosen);
            List<Way> ways = settings.stream().map(s -> EvaluateCommand.way(s.name(), choice, s.score(), trained, seed)).toList();
            try (Measures measures = Measures.open(trained, data, "--n", n, backend, console)) {
                compare(backend, trained, guide, wanted, settings, ways, measures);
            }
        }
    }

    private void compare(Backend backend, TrainedRun trained, TrainedRun guide, int[] wanted, List<Setting> settings, List<Way> ways, Measures measures) {
        TrainConfig config = trained.config();
        Sampler sampler = ways.getFirst().sampler();
        Evaluation evaluation;
        EvaluationTable table;
        List<Drawn> drawn;
        try (Progress progress = console.progress("comparing", "set", 0, 1 + Evaluation.DRAWS + 2L * ways.size())) {
            int[] done = {-1};
            evaluation = measures.evaluation(n, seed, what -> progress.at(++done[0], what));
            List<Row> real = evaluation.real();
            drawn = QualityComparison.run(evaluation, trained.score().sde(), ways, wanted, config.exampleShape(), one -> {
                progress.at(++done[0], one.way().name());
                Measures.tell(console, one);
            });
            table = new EvaluationTable(EvaluationTable.distance(config.data(), n), drawn.stream().map(Drawn::row).toList(), real, List.of(),
                    evaluation.seenForMemorisation());
        }
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("run", run.toString());
        about.put("data", config.data());
        about.put("classifier", classifier == null ? null : classifier.toString());
        about.put("n", n);
        about.put("training_steps", trained.step());
        about.put("sampler", sampler.name());
        about.put("steps", sampler.adaptive() ? null : ways.getFirst().options().steps());
        about.put("seed", seed);
        about.put("settings", figures(settings, drawn));
        about.putAll(measures.figures(evaluation));
        about.putAll(Compute.figures(backend));
        console.result("%n%s%n", table.text());
        table.notes().forEach(note -> console.result("%s", note));
        if (guide != null) {
            try (Scope scope = Scope.open(backend)) {
                about.put("classifier_accuracy", NoiseAccuracy.tell(console, guide.classifier(), measures.test(), seed));
            }
        }
        EvaluationReport report = new EvaluationReport(NAME, about, table, picture(drawn, measures.train().classes()));
        List<Path> files = new ArrayList<>(report.write(run));
        if (Charts.available()) {
            files.add(run.resolve(NAME + "-curve.png"));
            Png.write(files.getLast(), GuidancePlot.of(table.distance(), curves(settings, drawn)));
        }
        files.forEach(file -> console.result("%s", file));
        console.figures(report.figures());
    }

    private static List<Setting> classifierFree(NetworkScore score, int[] wanted, double[] weights) {
        return Arrays.stream(weights).mapToObj(w -> new Setting("classifier-free", w, new ClassifierFreeGuidance(score.given(wanted), score, w))).toList();
    }

    private List<Setting> byClassifier(NetworkScore score, NetworkClassifier guide, int[] wanted, double[] weights) {
        double fallsTo = last != null ? last : FALLS_TO;
        double[] within = range != null ? range : RANGE;
        List<Setting> settings = new ArrayList<>(List.of(new Setting(null, 0, score)));
        for (double w : weights) {
            settings.add(new Setting("constant", w, new ClassifierGuidance(score, guide, wanted, GuidanceScale.constant(w))));
        }
        for (double w : weights) {
            settings.add(new Setting("falling", w, new ClassifierGuidance(score, guide, wanted, GuidanceScale.falling(w, score.sde(), fallsTo))));
        }
        for (double w : weights) {
            settings.add(new Setting("within", w, new ClassifierGuidance(score, guide, wanted, GuidanceScale.within(w, score.sde(), within[0], within[1]))));
        }
        return settings;
    }

    private static List<Map<String, Object>> figures(List<Setting> settings, List<Drawn> drawn) {
        return IntStream.range(0, settings.size()).mapToObj(i -> {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("name", settings.get(i).name());
            figures.put("way", settings.get(i).way());
            figures.put("weight", settings.get(i).weight());
            figures.put("evaluations", drawn.get(i).evaluations());
            figures.put("seconds_per_image", drawn.get(i).secondsPerImage());
            return figures;
        }).toList();
    }

    /** A line for each setting, a column for each class. */
    private static BufferedImage picture(List<Drawn> drawn, int classes) {
        float[][][] cells = new float[drawn.size()][classes][];
        ByteImages images = drawn.getFirst().images();
        int n = images.count();
        int shown = Math.min(SHOWN, n / classes);
        for (int row = 0; row < drawn.size(); row++) {
            for (int y = 0; y < classes; y++) {
                int first = (int) Math.ceilDiv((long) y * n, (long) classes); // the first of SampleSheet.classesByRow
                cells[row][y] = drawn.get(row).images().part(first, first + shown).floats();
            }
        }
        return ImageTable.of(drawn.stream().map(d -> d.way().name()).toList(), IntStream.range(0, classes).mapToObj(String::valueOf).toList(), cells, shown,
                images.height(), images.width(), images.channels());
    }

    private static List<GuidancePlot.Curve> curves(List<Setting> settings, List<Drawn> drawn) {
        List<GuidancePlot.Curve> curves = new ArrayList<>();
        for (String way : settings.stream().map(Setting::way).filter(Objects::nonNull).distinct().toList()) {
            int[] points = IntStream.range(0, settings.size()).filter(i -> way.equals(settings.get(i).way())).boxed()
                    .sorted(Comparator.comparingDouble(i -> settings.get(i).weight())).mapToInt(i -> i).toArray();
            curves.add(new GuidancePlot.Curve(way, Arrays.stream(points).mapToDouble(i -> settings.get(i).weight()).toArray(),
                    Arrays.stream(points).mapToDouble(i -> 100 * drawn.get(i).row().accuracy().share()).toArray(),
                    Arrays.stream(points).mapToDouble(i -> drawn.get(i).row().frechetMean()).toArray()));
        }
        return curves;
    }
}
