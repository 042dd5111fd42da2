package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.compare.QualityComparison;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.evaluate.Classifiers;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What a run's images are measured by: the data that it was trained on, held-out data, and classifiers of both. */
final class Measures implements AutoCloseable {
    private final Dataset train;
    private final Dataset test;
    private final List<Classifiers.Trained> classifiers = new ArrayList<>(); // the extractors and, last, the judge

    private Measures(Dataset train, Dataset test) {
        this.train = train;
        this.test = test;
    }

    /**
     * Opens the data, and the classifiers, which are trained where they are not kept.
     *
     * @param data folder with the data set's files as the user gave it, or null
     * @param option what messages call n
     * @param n images in each set that is to be measured
     * @throws InputException when the run makes no images, there is no classifier for its data, or n does not do
     */
    static Measures open(TrainedRun run, Path data, String option, int n, Backend backend, Console console) {
        run.score(); // a run of a classifier is told first
        TrainConfig config = run.config();
        if (config.exampleShape().length != 3) {
            throw new InputException("--run: this run makes points, not images; give a run of images");
        }
        Path folder = run.data(data);
        Classifiers standard = Classifiers.standard(config.data(), folder, backend, new Training(console));
        Measures measures = new Measures(Datasets.open(config.data(), folder, config.seed(), console::note),
                Datasets.openTest(config.data(), folder, config.seed(), console::note));
        config.check(measures.train);
        Evaluation.check(option, n, measures.train, measures.test, standard.features());
        try {
            for (int number = 1; number <= Classifiers.EXTRACTORS; number++) {
                measures.classifiers.add(standard.extractor(number));
            }
            measures.classifiers.add(standard.judge());
            return measures;
        } catch (RuntimeException | Error e) {
            measures.close();
            throw e;
        }
    }

    Dataset train() {
        return train;
    }

    /** Held-out examples. */
    Dataset test() {
        return test;
    }

    /** As {@link Evaluation#Evaluation}. */
    Evaluation evaluation(int n, long seed, Consumer<String> listener) {
        return new Evaluation(train, test, extractors().stream().map(Classifiers.Trained::classifier).toList(), classifiers.getLast().classifier(), n, seed, listener);
    }

    /** Which classifiers measured. */
    Map<String, Object> figures(Evaluation evaluation) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("extractors", extractors().stream().map(Measures::figures).toList());
        Map<String, Object> judge = figures(classifiers.getLast());
        judge.put("accuracy", evaluation.judgeAccuracy().share());
        figures.put("judge", judge);
        return figures;
    }

    private static Map<String, Object> figures(Classifiers.Trained classifier) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seed", classifier.seed());
        figures.put("training_steps", classifier.run().step());
        figures.put("sha256", classifier.sha256());
        return figures;
    }

    /** Tells a set's main figures as soon as they are there: the table comes when all sets are measured, perhaps hours later. */
    static void tell(Console console, QualityComparison.Drawn drawn) {
        Row row = drawn.row();
        console.note("%s: Frechet distance %.3g, precision %.3f, recall %.3f%s", row.name(), row.frechetMean(), row.neighbours().precision(),
                row.neighbours().recall(), row.accuracy() == null ? "" : String.format(", accuracy %.2f %%", 100 * row.accuracy().share()));
    }

    private List<Classifiers.Trained> extractors() {
        return classifiers.subList(0, Classifiers.EXTRACTORS);
    }

    /** Scopes close from the last that was opened to the first. */
    @Override
    public void close() {
        classifiers.reversed().forEach(Classifiers.Trained::close);
    }

    /** Shows how a classifier is trained, where none is kept. */
    private static final class Training implements Classifiers.Listener {
        private final Console console;
        private TrainReport report;

        Training(Console console) {
            this.console = console;
        }

        @Override
        public TrainingRun.Listener trains(Path folder, TrainConfig config) {
            console.note("training %s, which is kept", folder);
            report = new TrainReport(console, config);
            return report;
        }

        @Override
        public void ends() {
            report.close();
        }
    }
}
