package dev.langevin.training;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.RunFolder;
import dev.langevin.training.run.TomlConfig;
import java.nio.file.Path;

/**
 * What a run has learnt: the network of its configuration with the weights of its latest checkpoint, as a score
 * function, or as a classifier. Owns a scope, which {@link #close} closes.
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
    private final NetworkScore score;           // null in a run of a classifier
    private final NetworkClassifier classifier; // null in one of a score

    private TrainedRun(Path root, TrainConfig config, long step, Scope scope, Parameters parameters) {
        this.root = root;
        this.config = config;
        this.step = step;
        this.scope = scope;
        this.score = config.isClassifier() ? null : config.score(parameters);
        this.classifier = config.isClassifier() ? config.classifier(parameters) : null;
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

    /** Where its data lie: {@code given}, or what was said in training; null where nothing was. See {@link RunFolder#data}. */
    public Path data(Path given) {
        return new RunFolder(root).data(given);
    }

    /** Training steps behind the weights. */
    public long step() {
        return step;
    }

    /** @throws InputException when the run has trained a classifier */
    public NetworkScore score() {
        if (score == null) {
            throw new InputException(root + ": holds a classifier, which draws nothing by itself; give a run that trained a score, and this one with --classifier");
        }
        return score;
    }

    /** @throws InputException when the run has trained a score */
    public NetworkClassifier classifier() {
        if (classifier == null) {
            throw new InputException(root + ": holds a score, no classifier; give a run of preset classifier-mnist or of network \"classifier\"");
        }
        return classifier;
    }

    @Override
    public void close() {
        scope.close();
    }
}
