package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.optim.Optimiser;

/**
 * A training step that reads nothing back: upload of the batch, times, noise, denoising score matching, backward,
 * clipping, AdamW, moving average. {@link Trainer} does this and reads loss and errors for its log.
 */
final class TrainingWork {
    private static final int PURPOSE = 0xBE4E;

    private final TrainConfig config;
    private final Sde sde;
    private final Objective objective;
    private final Optimiser optimiser;
    private final Shape shape;
    private final float[] batch;

    /** In the current scope, which must outlive it. */
    private TrainingWork(TrainConfig config) {
        this.config = config;
        this.sde = config.sde().build();
        int[] example = config.exampleShape();
        this.shape = Shape.of(config.optimiser().batch(), example[0], example[1], example[2]);
        this.batch = Tensor.uniform(shape, key(0, 0)).mul(2).sub(1).toArray();
        ScoreNetwork network = config.build(Parameters.create(config.seed()));
        this.objective = config.objective(new NetworkScore(network, config.parametrisation(), sde));
        this.optimiser = new Optimiser(config.optimiser().settings(), network.parameters());
    }

    /** The trainer that {@code langevin train} uses. */
    static Contender trainer(TrainConfig config, CudaBackend backend) {
        Trainer trainer = new Trainer(config, new RandomImages(8 * config.optimiser().batch(), config.exampleShape()), backend);
        return new Ours("langevin", backend, trainer::step, trainer::close);
    }

    /** Runs the steps as they are written. */
    static Contender eager(TrainConfig config, CudaBackend backend) {
        Scope scope = Scope.open(backend);
        TrainingWork work = new TrainingWork(config);
        return new Ours("langevin eager", backend, work::step, scope::close);
    }

    /** Runs them as a graph. */
    static Contender graph(TrainConfig config, CudaBackend backend) {
        Scope scope = Scope.open(backend);
        TrainingWork work = new TrainingWork(config);
        Repeated step = backend.repeated(work::step);
        return new Ours("langevin graph", backend, step::run, () -> {
            step.close();
            scope.close();
        });
    }

    private void step(long k) {
        int n = shape.dim(0);
        try (Scope scope = Scope.open()) {
            double[] t = config.objective().times().draw(sde, config.seed(), (int) k, 0, n, n);
            Tensor loss = objective.of(Tensor.of(shape, batch), t, key(1, k), key(2, k)).mean();
            optimiser.step(k, config.learningRate().at(k), Autograd.gradients(loss, false, optimiser.trained()));
        }
    }

    private static RandomKey key(int which, long step) {
        return new RandomKey(1, PURPOSE + which, 0, (int) step);
    }
}
