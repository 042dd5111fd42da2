package dev.langevin.cli;

import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.run.CsvLog;
import dev.langevin.training.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Shows how training goes, and sums it up. */
final class TrainReport implements TrainingRun.Listener, AutoCloseable {
    private final Console console;
    private final TrainConfig config;
    private Progress progress;
    private long begin;
    private long firstStep;
    private long step;
    private long parameters;
    private double stepSeconds;
    private double shownLoss = Double.NaN;

    TrainReport(Console console, TrainConfig config) {
        this.console = console;
        this.config = config;
    }

    @Override
    public void begins(long step, long steps, long parameters) {
        this.begin = System.nanoTime();
        this.firstStep = step;
        this.step = step;
        this.parameters = parameters;
        console.note("%,d weights; step %,d of %,d", parameters, step, steps);
        progress = console.progress("training", "step", step, steps);
    }

    @Override
    public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
        this.step = step;
        stepSeconds += config.optimiser().batch() / imagesPerSecond;
        // A batch's loss jumps; what is shown is an average over about twenty steps.
        shownLoss = Double.isNaN(shownLoss) ? result.loss() : 0.95 * shownLoss + 0.05 * result.loss();
        progress.at(step, String.format("loss %.4f, %.1f images/s", shownLoss, imagesPerSecond));
    }

    @Override
    public void draws(int step, int steps) {
        progress.at(this.step, "drawing samples, step " + step + " of " + steps);
    }

    @Override
    public void wrote(Path file) {
        // What was written is told at the end: lines in between would tear the bar apart.
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
        }
    }

    /** Prints the summary; {@code about} are figures that stand beside it. */
    void finish(Path root, long step, Map<String, Object> about) {
        RunFolder folder = new RunFolder(root);
        double[] losses = CsvLog.read(folder.log()).column("loss");
        double seconds = (System.nanoTime() - begin) * 1e-9;
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("steps", step);
        figures.put("loss", losses.length == 0 ? null : losses[losses.length - 1]);
        figures.put("images_per_second", step == firstStep ? null : (step - firstStep) * config.optimiser().batch() / stepSeconds);
        figures.put("seconds", seconds);
        figures.putAll(about);
        figures.put("sample", Files.exists(folder.sample(step)) ? folder.sample(step).toString() : null);
        figures.put("parameters", parameters);
        figures.put("seed", config.seed());
        figures.put("batch", config.optimiser().batch());
        if (step == firstStep) {
            console.result("%s: all %,d steps were done before", root, step);
        } else {
            console.result("step %,d of %,d, loss %.4f, %.1f images/s, %.0f s", step, config.run().steps(), (Double) figures.get("loss"),
                    (Double) figures.get("images_per_second"), seconds);
        }
        console.result("run:     %s", root);
        if (!config.isClassifier()) {
            console.result("samples: %s", figures.get("sample"));
        }
        if (step < config.run().steps()) {
            console.result("go on:   langevin train --resume %s", root);
        } else if (config.isNoiseClassifier()) {
            console.result("guide:   langevin sample --run RUN --label 3 --classifier %s", root);
        } else if (!config.isClassifier()) {
            console.result("draw:    langevin sample --run %s%s", root, config.classes() > 0 ? " --label all" : " --n 64");
        }
        console.figures(figures);
    }
}
