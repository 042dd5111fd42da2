package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.guidance.ClassifierFreeGuidance;
import dev.langevin.sampling.guidance.ClassifierGuidance;
import dev.langevin.sampling.guidance.GuidanceScale;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Option;

/** Of which class examples are to be, and how strongly they are held to it. Owns the classifier's run, if there is one. */
final class Condition implements AutoCloseable {
    @Option(names = "--label", paramLabel = "Y|all",
            description = "Class of all examples, from 0 on; in sample also 'all': every class in turn, by rows. Of a run that was trained with classes, or with --classifier.")
    private String label;

    @Option(names = "--guidance", paramLabel = "W",
            description = "How strongly examples are held to their class: 0 not at all, 1 as they are distributed, more beyond that. Default: 1.")
    private Double weight;

    @Option(names = "--classifier", paramLabel = "DIR",
            description = "Run of preset noise-classifier-mnist: it guides the run's score without classes by the gradient of its log-probability.")
    private Path classifierRun;

    @Option(names = "--guidance-falls-to", paramLabel = "SIGMA",
            description = "With --classifier: the guidance falls linearly with the noise, from W without noise to 0 at this noise level. Default: constant.")
    private Double last;

    @Option(names = "--guidance-range", split = ",", paramLabel = "MIN,MAX", description = "With --classifier: guidance between these noise levels only. Default: at all.")
    private double[] range;

    private TrainedRun classifier;

    /** Refuses options that do not go together, before any run is opened. */
    void check() {
        refuseAlone("--guidance", weight);
        refuseAlone("--classifier", classifierRun);
        for (Object strategy : new Object[] {last, range}) {
            if (strategy != null && classifierRun == null) {
                throw new InputException((strategy == last ? "--guidance-falls-to" : "--guidance-range")
                        + ": is of guidance by a classifier; give one with --classifier, or leave the option out");
            }
        }
        if (last != null && range != null) {
            throw new InputException("--guidance-falls-to and --guidance-range: give one of them");
        }
        if (range != null && range.length != 2) {
            throw new InputException("--guidance-range " + Arrays.toString(range) + ": give MIN,MAX");
        }
        if (weight != null && !Double.isFinite(weight)) {
            throw new InputException("--guidance " + weight + ": give a number");
        }
    }

    private void refuseAlone(String option, Object value) {
        if (value != null && label == null) {
            throw new InputException(option + ": guides towards a class; say which with --label");
        }
    }

    /** Every class, unless the user names one: for a run that was trained with classes and is to show them all. */
    void everyClass() {
        label = label == null ? "all" : label;
    }

    /** Whether classes fill the rows of the picture. */
    boolean all() {
        return "all".equals(label);
    }

    /** The class as the user gave it, or null. */
    String label() {
        return label;
    }

    /** The weight, or null without a class. */
    Double weight() {
        return label == null ? null : weight == null ? Double.valueOf(1) : weight;
    }

    /** K of the run or of the classifier that was opened. */
    int classes(TrainedRun run) {
        return classifier != null ? classifier.config().classes() : run.config().classes();
    }

    /** As below, for any number of examples, all of one class. */
    ScoreFunction score(TrainedRun run, Backend backend) {
        return score(run, 1, backend);
    }

    /**
     * The score to sample by: the run's own without a label.
     *
     * @param n examples, which come in the order of their classes; 1 for any number of one class
     */
    ScoreFunction score(TrainedRun run, int n, Backend backend) {
        NetworkScore own = run.score();
        if (label == null) {
            return own;
        }
        if (classifierRun != null) {
            return byClassifier(run, n, backend);
        }
        if (run.config().classes() == 0) {
            throw new InputException("--label " + label + ": this run was trained without classes; give one of preset mnist-conditional, or a classifier with --classifier");
        }
        return new ClassifierFreeGuidance(own.given(labels(run, n)), own, weight());
    }

    private ScoreFunction byClassifier(TrainedRun run, int n, Backend backend) {
        classifier = classifier(classifierRun, run, backend);
        return new ClassifierGuidance(run.score(), classifier.classifier(), labels(run, n), scale(classifier.classifier().sde()));
    }

    /**
     * Opens the classifier that is to guide a run.
     *
     * @throws InputException when it is none, or sees other examples, or was trained under another process
     */
    static TrainedRun classifier(Path folder, TrainedRun run, Backend backend) {
        TrainedRun classifier = TrainedRun.open(folder, TrainedRun.Weights.EMA, backend);
        try {
            classifier.classifier(); // a run of anything else is told first
            TrainConfig config = classifier.config();
            if (!config.data().equals(run.config().data())) {
                throw new InputException("--classifier " + folder + ": was trained on data set " + config.data() + ", the run on " + run.config().data()
                        + "; give one of the same");
            }
            if (!Arrays.equals(config.exampleShape(), run.config().exampleShape())) {
                throw new InputException("--classifier " + folder + ": sees examples of shape " + Arrays.toString(config.exampleShape()) + ", the run makes "
                        + Arrays.toString(run.config().exampleShape()) + "; give one for these");
            }
            if (!config.sde().equals(run.config().sde())) {
                throw new InputException("--classifier " + folder + ": was trained under another forward process than the run; their [sde] must be the same");
            }
            return classifier;
        } catch (RuntimeException | Error e) {
            classifier.close();
            throw e;
        }
    }

    private GuidanceScale scale(Sde sde) {
        return last != null ? GuidanceScale.falling(weight(), sde, last)
                : range != null ? GuidanceScale.within(weight(), sde, range[0], range[1]) : GuidanceScale.constant(weight());
    }

    private int[] labels(TrainedRun run, int n) {
        int classes = classes(run);
        if (all()) {
            return SampleSheet.classesByRow(n, classes);
        }
        int[] labels = new int[n];
        try {
            Arrays.fill(labels, Integer.parseInt(label));
        } catch (NumberFormatException e) {
            throw new InputException("--label " + label + ": give a class from 0 to " + (classes - 1) + ", or 'all'");
        }
        if (labels[0] < 0 || labels[0] >= classes) {
            throw new InputException("--label " + label + ": there are classes 0 to " + (classes - 1) + "; give one of these, or 'all'");
        }
        return labels;
    }

    @Override
    public void close() {
        if (classifier != null) {
            classifier.close();
        }
    }
}
