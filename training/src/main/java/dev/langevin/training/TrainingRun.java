package dev.langevin.training;

import dev.langevin.engine.Backend;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.training.config.SamplingConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.image.Charts;
import dev.langevin.training.image.LossPlot;
import dev.langevin.training.image.Png;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.CsvLog;
import dev.langevin.training.run.RunFolder;
import dev.langevin.training.run.TomlConfig;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A training run in a folder: the trainer's steps, and beside them the log, checkpoints, sample grids and the loss
 * curve. A run that was killed at any moment goes on from its last checkpoint and ends with the same bits.
 */
public final class TrainingRun {
    /** Key of a checkpoint's metadata under which {@link TrainConfig#model} stands. */
    static final String MODEL = "model";
    /** Intervals of time for which the log holds a loss each (Q-LOSSBIN). */
    public static final int BINS = 10;

    /** Hears how a run goes. */
    public interface Listener {
        /** After each step; {@code imagesPerSecond} is that of this step. */
        void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond);

        /** Before the first step: steps done before, steps in all, weights of the network. */
        default void begins(long step, long steps, long parameters) {
        }

        /** While a sample grid is drawn: steps of the sampler done so far, for some of its examples, and in all. */
        default void draws(int step, int steps) {
        }

        /** After a file was written. */
        void wrote(Path file);
    }

    private final RunFolder folder;
    private final TrainConfig config;
    private final Dataset data;
    private final Checkpoints checkpoints;
    private final Checkpoints.Checkpoint start;
    private final Listener listener;
    private final Dataset shown;

    private TrainingRun(RunFolder folder, TrainConfig config, Dataset data, Checkpoints.Checkpoint start, Listener listener, Dataset shown) {
        this.folder = folder;
        this.config = config;
        this.data = data;
        this.shown = shown;
        this.checkpoints = new Checkpoints(folder.checkpointFolder(), config.run().keep());
        this.start = start;
        this.listener = listener;
    }

    /** A new run; the folder must be empty or not exist. */
    public static TrainingRun create(Path root, TrainConfig config, Dataset data, Listener listener) {
        config.check(data);
        RunFolder folder = RunFolder.create(root);
        AtomicFile.write(folder.config(), TomlConfig.write(config).getBytes(StandardCharsets.UTF_8));
        return new TrainingRun(folder, config, data, null, listener, data);
    }

    /** The configuration of a run that was started before. */
    public static TrainConfig config(Path root) {
        return TomlConfig.read(RunFolder.open(root).config(), TrainConfig.class);
    }

    /** Goes on with a run, from its last checkpoint, or from the start when it was killed before the first. */
    public static TrainingRun resume(Path root, TrainConfig config, Dataset data, Listener listener) {
        config.check(data);
        RunFolder folder = RunFolder.open(root);
        Checkpoints checkpoints = new Checkpoints(folder.checkpointFolder(), config.run().keep());
        Checkpoints.Checkpoint start = checkpoints.list().isEmpty() ? null : checkpoints.latest();
        if (start != null) {
            config.checkModel(start.metadata().get(MODEL), folder.config().toString());
        }
        checkpoints.discardAfter(start == null ? 0 : start.step());
        return new TrainingRun(folder, config, data, start, listener, data);
    }

    /** With the images of which a network that is told a part of them shows the rest, instead of the training data. */
    public TrainingRun showing(Dataset images) {
        return new TrainingRun(folder, config, data, start, listener, images);
    }

    /**
     * Trains to the last step, or until {@code seconds} have passed.
     *
     * @return number of the last step done
     */
    public long train(Backend backend, double seconds) {
        long begin = System.nanoTime();
        long step = start == null ? 0 : start.step();
        try (Trainer trainer = new Trainer(config, data, backend); CsvLog log = log(step)) {
            if (start != null) {
                trainer.restore(start.tensors(), folder.checkpointFolder().toString());
            }
            listener.begins(step, config.run().steps(), trainer.parameterCount());
            if (start != null && isPictured(step) && !config.isClassifier() && Files.notExists(folder.sample(step))) {
                picture(trainer, step, step == config.run().steps()); // killed after the checkpoint, before the picture
            }
            Window window = new Window();
            boolean inTime = true;
            while (step < config.run().steps() && inTime) {
                step++;
                long stepBegin = System.nanoTime();
                Trainer.StepResult result = trainer.step(step);
                double rate = config.optimiser().batch() / ((System.nanoTime() - stepBegin) * 1e-9);
                listener.step(step, config.run().steps(), result, rate);
                inTime = (System.nanoTime() - begin) * 1e-9 < seconds;
                boolean last = step == config.run().steps() || !inTime;
                window.add(result, rate);
                boolean checkpoint = last || step % config.run().checkpointEvery() == 0;
                // A row at each checkpoint too: the steps behind a checkpoint are then all in the log that a resumed run goes on with.
                if (checkpoint || step % config.run().logEvery() == 0) {
                    log.append(step, window.row(result));
                    window = new Window();
                }
                if (checkpoint) {
                    listener.wrote(checkpoints.write(step, trainer.state(step), Map.of(MODEL, config.model())));
                }
                if (last || isPictured(step)) {
                    picture(trainer, step, last);
                }
            }
        }
        return step;
    }

    /** Whether a run that nobody stops leaves a sample grid of this step. */
    private boolean isPictured(long step) {
        return step == config.run().steps() || config.run().sampleEvery() > 0 && step % config.run().sampleEvery() == 0;
    }

    private CsvLog log(long step) {
        return start == null ? CsvLog.create(folder.log(), Window.columns()) : CsvLog.resume(folder.log(), Window.columns(), step);
    }

    private void picture(Trainer trainer, long step, boolean last) {
        if (!config.isClassifier()) {
            samples(trainer, step, last);
        }
        CsvLog.Table table = CsvLog.read(folder.log());
        if (table.rows().size() > 1 && Charts.available()) {
            Png.write(folder.lossPlot(), LossPlot.of(table.column(CsvLog.STEP), table.column("loss")));
            listener.wrote(folder.lossPlot());
        }
    }

    private void samples(Trainer trainer, long step, boolean last) {
        SamplingConfig s = config.sampling();
        int n = last ? s.n() : Math.min(s.n(), 16);
        NetworkScore score = trainer.averagedScore();
        SampleOptions options = SampleOptions.of(last ? s.steps() : s.draftSteps(), config.seed())
                .withListener((done, steps, t, x) -> listener.draws(done, steps));
        Png.write(folder.sample(step), config.inpaints() ? InpaintSheet.draw(score, s.build(), shown, n, options) : sheet(score, s.build(), n, options));
        listener.wrote(folder.sample(step));
    }

    private BufferedImage sheet(NetworkScore score, Sampler sampler, int n, SampleOptions options) {
        int classes = config.classes();
        float[] samples = SampleSheet.draw(classes == 0 ? score : score.given(SampleSheet.classesByRow(n, classes)), score.sde(), sampler, n,
                data.exampleShape(), options);
        return SampleSheet.picture(samples, data, classes);
    }

    /** Means over the steps since the last row of the log. */
    private static final class Window {
        private double loss;
        private double rate;
        private int steps;
        private final double[] error = new double[BINS];
        private final int[] count = new int[BINS];

        static List<String> columns() {
            List<String> columns = new ArrayList<>(List.of("loss", "gradient_norm", "learning_rate", "images_per_second"));
            for (int i = 0; i < BINS; i++) {
                columns.add("error_t_0." + i);
            }
            return columns;
        }

        void add(Trainer.StepResult result, double imagesPerSecond) {
            loss += result.loss();
            rate += imagesPerSecond;
            steps++;
            for (int i = 0; i < result.times().length; i++) {
                int bin = Math.min(BINS - 1, (int) (result.times()[i] * BINS));
                error[bin] += result.errors()[i];
                count[bin]++;
            }
        }

        double[] row(Trainer.StepResult last) {
            double[] row = new double[4 + BINS];
            row[0] = loss / steps;
            row[1] = last.gradientNorm();
            row[2] = last.learningRate();
            row[3] = rate / steps;
            for (int i = 0; i < BINS; i++) {
                row[4 + i] = count[i] == 0 ? Double.NaN : error[i] / count[i];
            }
            return row;
        }
    }
}
