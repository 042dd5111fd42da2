package dev.langevin.training;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.LeNet;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.ContentHash;
import dev.langevin.training.run.RunFolder;
import dev.langevin.training.run.TomlConfig;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a run has learnt: the network of its configuration with the weights of its latest checkpoint, as a score
 * function, or as a classifier of noisy data or of clean images. Owns a scope, which {@link #close} closes.
 */
public final class TrainedRun implements AutoCloseable {
    /** Which of a checkpoint's weights. */
    public enum Weights {
        /** The moving averages: what one samples with. */
        EMA,
        /** The weights that the optimiser moves. */
        MODEL
    }

    private final Path root;
    private final TrainConfig config;
    private final long step;
    private final Scope scope;
    private final Parameters parameters;
    // Two of the three are null.
    private final NetworkScore score;
    private final NetworkClassifier classifier;
    private final LeNet imageClassifier;

    private TrainedRun(Path root, TrainConfig config, long step, Scope scope, Parameters parameters) {
        this.root = root;
        this.config = config;
        this.step = step;
        this.scope = scope;
        this.parameters = parameters;
        this.score = config.isClassifier() ? null : config.score(parameters);
        this.classifier = config.isNoiseClassifier() ? config.classifier(parameters) : null;
        this.imageClassifier = config.isImageClassifier() ? config.imageClassifier(parameters) : null;
    }

    /**
     * Opens a run.
     *
     * @param root its folder
     * @throws InputException when it is no run, has no checkpoint, or its latest checkpoint is damaged
     *         or belongs to another network
     */
    public static TrainedRun open(Path root, Weights weights, Backend backend) {
        RunFolder folder = RunFolder.open(root);
        TrainConfig config = TomlConfig.read(folder.config(), TrainConfig.class);
        Checkpoints.Checkpoint checkpoint = new Checkpoints(folder.checkpointFolder(), config.run().keep()).latest();
        config.checkModel(checkpoint.metadata().get(TrainingRun.MODEL), folder.config().toString());
        Scope scope = Scope.open(backend);
        try {
            Parameters parameters = Parameters.create(config.seed());
            TrainedRun run = new TrainedRun(root, config, checkpoint.step(), scope, parameters);
            TensorFiles.load(weights == Weights.EMA ? "ema." : "model.", checkpoint.tensors(), parameters.map(), folder.checkpointFolder().toString());
            return run;
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    public TrainConfig config() {
        return config;
    }

    /** Training steps behind the weights. */
    public long step() {
        return step;
    }

    /** @throws InputException when the run has trained a classifier */
    public NetworkScore score() {
        if (score == null) {
            throw new InputException(root + ": holds a classifier, which draws nothing by itself; give a run that trained a score"
                    + (classifier == null ? "" : ", and this one with --classifier"));
        }
        return score;
    }

    /**
     * The classifier of noisy data, by which a score is guided.
     *
     * @throws InputException when the run has trained something else
     */
    public NetworkClassifier classifier() {
        if (classifier == null) {
            throw new InputException(root + (score != null ? ": holds a score, no classifier" : ": holds a classifier of clean images, which cannot guide through noise")
                    + "; give a run of preset noise-classifier-mnist or of network \"classifier\"");
        }
        return classifier;
    }

    /**
     * The classifier of clean images, by which samples are judged.
     *
     * @throws InputException when the run has trained something else
     */
    public LeNet imageClassifier() {
        if (imageClassifier == null) {
            throw new InputException(root + (score != null ? ": holds a score, no classifier" : ": holds a classifier of noisy data")
                    + "; to judge clean images give a run of preset classifier-mnist or of network \"lenet\"");
        }
        return imageClassifier;
    }

    /** SHA-256, in hexadecimal, of the weights by their names: the same weights have the same anywhere. */
    public String sha256() {
        return ContentHash.of(TensorFiles.entries("", parameters.map()), Map.of());
    }

    @Override
    public void close() {
        scope.close();
    }
}
