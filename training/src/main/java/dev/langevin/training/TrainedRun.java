package dev.langevin.training;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.RunFolder;
import dev.langevin.training.run.TomlConfig;
import java.nio.file.Path;

/**
 * What a run has learnt: the network of its configuration with the weights of its latest checkpoint, as a score
 * function. Owns a scope, which {@link #close} closes.
 */
public final class TrainedRun implements AutoCloseable {
    /** Which of a checkpoint's weights. */
    public enum Weights {
        /** The moving averages: what one samples with. */
        EMA,
        /** The weights that the optimiser moves. */
        MODEL
    }

    private final TrainConfig config;
    private final long step;
    private final Scope scope;
    private final NetworkScore score;

    private TrainedRun(TrainConfig config, long step, Scope scope, NetworkScore score) {
        this.config = config;
        this.step = step;
        this.scope = scope;
        this.score = score;
    }

    /**
     * Opens a run.
     *
     * @param root its folder
     * @throws dev.langevin.engine.InputException when it is no run, has no checkpoint, or its latest checkpoint is damaged
     *         or belongs to another network
     */
    public static TrainedRun open(Path root, Weights weights, Backend backend) {
        RunFolder folder = RunFolder.open(root);
        TrainConfig config = TomlConfig.read(folder.config(), TrainConfig.class);
        Checkpoints.Checkpoint checkpoint = new Checkpoints(folder.checkpointFolder(), config.run().keep()).latest();
        config.checkModel(checkpoint.metadata().get(TrainingRun.MODEL), folder.config().toString());
        Scope scope = Scope.open(backend);
        try {
            ScoreNetwork network = config.build(Parameters.create(config.seed()));
            TensorFiles.load(weights == Weights.EMA ? "ema." : "model.", checkpoint.tensors(), network.parameters().map(),
                    folder.checkpointFolder().toString());
            return new TrainedRun(config, checkpoint.step(), scope,
                    new NetworkScore(network, config.parametrisation(), config.sde().build()));
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

    public NetworkScore score() {
        return score;
    }

    @Override
    public void close() {
        scope.close();
    }
}
