package dev.langevin.tests.training;

import dev.langevin.engine.random.Philox;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.CnnConfig;
import dev.langevin.model.nn.LeNetConfig;
import dev.langevin.model.nn.NcsnConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.config.MlpConfig;
import dev.langevin.training.config.ObjectiveConfig;
import dev.langevin.training.config.OptimiserConfig;
import dev.langevin.training.config.ProcessConfig;
import dev.langevin.training.config.RunConfig;
import dev.langevin.training.config.SamplingConfig;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.data.PointDataset;
import dev.langevin.training.data.ToySets;
import java.nio.file.Path;
import java.util.List;

/** Training runs of milliseconds a step: points with the MLP, and 8x8 images with a U-Net that has every part. */
public final class TinyRuns {
    private static final int IMAGES = 37;

    private TinyRuns() {
    }

    public static TrainConfig config(String network) {
        return config(network, 1, 1e-3, 24);
    }

    public static TrainConfig config(String network, int microBatches, double learningRate, long steps) {
        return new TrainConfig(5, "swiss-roll", network,
                new UNetConfig(8, 1, 4, List.of(1, 2), 1, 8, "fourier", 16, "film", "nearest", List.of(4), true, 2, 2, 0.2, false),
                new MlpConfig(16, 2, 999), new CnnConfig(8, 1, 6, 2, 8, "sinusoidal", 999, NoiseLabel.PLAIN),
                new NcsnConfig(8, 1, 4, List.of(1, 2, 2), "instance", 1, 8, "lookup", 1, new NoiseLabel(NoiseLabel.Kind.INDEX, 20)),
                new ProcessConfig("vp", 0.1, 20, 0.01, 50),
                ObjectiveConfig.defaults(),
                new OptimiserConfig(6, microBatches, learningRate, 3, 0.1, 0.9, 0.999, 1e-8, 0.01, 1, 0.99),
                new RunConfig(steps, 1, 2, 2, 9), new SamplingConfig("em", 5, 3, 4)).withLenet(new LeNetConfig(8, 1, 4, 6, 0.2, 3));
    }

    public static Dataset data(String network) {
        if (network.equals("mlp")) {
            return new PointDataset(ToySets.named("swiss-roll"), 500, 1);
        }
        if (network.equals("lenet")) {
            return labelled(3);
        }
        byte[] pixels = new byte[IMAGES * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (256 * Philox.uniform(1, 2, i / 64, 0, i % 64 / 5));
        }
        return new ImageDataset(pixels, IMAGES, 8, 8, 1);
    }

    /** As the U-Net's, with classes. */
    public static TrainConfig conditional(int classes, int microBatches) {
        TrainConfig config = config("unet", microBatches, 1e-3, 24);
        return config.withUnet(config.unet().withClasses(new ClassConfig(classes, "embedding", 1)));
    }

    /** The images, number i of class i mod K. */
    public static Dataset labelled(int classes) {
        byte[] labels = new byte[IMAGES];
        for (int i = 0; i < IMAGES; i++) {
            labels[i] = (byte) (i % classes);
        }
        return ((ImageDataset) data("unet")).labelled(labels, classes);
    }

    /** Hears nothing. */
    static final TrainingRun.Listener SILENT = new TrainingRun.Listener() {
        @Override
        public void step(long step, long steps, Trainer.StepResult result, double imagesPerSecond) {
        }

        @Override
        public void wrote(Path file) {
        }
    };
}
