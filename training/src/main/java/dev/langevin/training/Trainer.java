package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Diagnosis;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.data.Batches;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.LabelDropout;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.TimeDensity;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Trains a score network by denoising score matching, or a classifier of noisy or of clean data. Holds the weights, the optimiser's state and the moving averages
 * in a scope of its own; step k is a pure function of that state, the configuration and k, so a run that is stopped
 * anywhere and goes on from saved state ends with the same bits. No input or output; not shared between threads.
 */
public final class Trainer implements AutoCloseable {
    /**
     * What a step did.
     *
     * @param loss weighted loss of the batch
     * @param gradientNorm global norm before clipping
     * @param learningRate of this step
     * @param times of each example
     * @param errors each example's share of the loss before weighting
     */
    public record StepResult(double loss, double gradientNorm, double learningRate, double[] times, float[] errors) {
    }

    private final TrainConfig config;
    private final Scope scope;
    private final Sde sde;
    private final Batches batches;
    private final float[] batch;
    private final int[] labels; // null where there are no classes
    private final LabelDropout dropout;
    private final Objective objective;
    private final TimeDensity density;
    private final Optimiser optimiser;
    private final LearningRate learningRate;
    private final NetworkScore averaged;                  // null where a classifier is trained
    private final NetworkClassifier averagedClassifier;   // null where none of noisy data is
    private final Tensor[] losses;     // of each part of the batch
    private final Tensor[] partErrors; // of each part's examples
    private final Repeated repeated;

    /** Builds the network with fresh weights, in a scope that {@link #close} closes. */
    public Trainer(TrainConfig config, Dataset data, Backend backend) {
        this(config, data, backend, Parameters.create(config.seed()));
    }

    /** As above, with weights that are asked of {@code parameters}. */
    Trainer(TrainConfig config, Dataset data, Backend backend, Parameters parameters) {
        this.config = config;
        this.sde = config.sde().build();
        this.batches = new Batches(data, config.optimiser().batch(), config.seed(), config.flip(), config.shift());
        this.batch = new float[Shape.of(batches.shape()).size()];
        this.labels = config.classes() == 0 ? null : new int[config.optimiser().batch()];
        this.dropout = new LabelDropout(config.isClassifier() ? 0 : config.objective().labelDropout(), config.classes());
        this.learningRate = config.learningRate();
        this.scope = Scope.open(backend);
        try {
            this.objective = config.objective(parameters);
            this.density = config.objective().density(sde);
            this.optimiser = new Optimiser(config.optimiser().settings(), parameters);
            this.averaged = config.isClassifier() ? null : config.score(optimiser.ema());
            this.averagedClassifier = config.isNoiseClassifier() ? config.classifier(optimiser.ema()) : null;
            this.losses = new Tensor[config.optimiser().microBatches()];
            this.partErrors = new Tensor[losses.length];
            for (int part = 0; part < losses.length; part++) {
                losses[part] = Tensor.zeros(Shape.SCALAR);
                partErrors[part] = Tensor.zeros(Shape.of(config.optimiser().batch() / losses.length));
            }
            this.repeated = backend.repeated(this::compute);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /**
     * One step: data, times, noise; loss; gradients; optimiser and moving average.
     *
     * <p>After a loss or a gradient that is not finite, weights, moments and averages are as they were before the step.
     *
     * @param step number of the step, from 1
     * @throws InputException when the loss or a gradient is not finite, naming the first bad tensor
     */
    public StepResult step(long step) {
        repeated.run(step);
        repeated.prepare(step + 1);
        int parts = losses.length;
        double loss = 0;
        double[] times = new double[config.optimiser().batch()];
        float[] errors = new float[times.length];
        for (int part = 0; part < parts; part++) {
            loss += losses[part].item() / parts;
            System.arraycopy(times(step, part), 0, times, part * times.length / parts, times.length / parts);
            System.arraycopy(partErrors[part].toArray(), 0, errors, part * times.length / parts, times.length / parts);
        }
        double norm = optimiser.norm();
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw notFinite(step, firstBad(step));
        }
        return new StepResult(loss, norm, learningRate.at(step), times, errors);
    }

    /** All of a step that is computed: its results go into tensors that outlive it. */
    private void compute(long step) {
        try (Scope scope = Scope.open()) {
            optimiser.step(step, learningRate.at(step), gradients(step, (part, loss) -> {
                new Assign().apply(losses[part], loss.mean());
                new Assign().apply(partErrors[part], loss.perExample());
            }));
        }
    }

    /** Gradients of a step's loss, in the current scope; {@code loss} is told that of each part of the batch. */
    private Tensor[] gradients(long step, PartLoss loss) {
        batches.copy(step - 1, batch, labels);
        int[] told = labels == null ? null : dropout.apply(labels, config.seed(), (int) step);
        Tensor[] gradients = gradients(step, 0, told, loss);
        if (losses.length > 1) {
            gradients = sum(gradients, gradients(step, 1, told, loss));
        }
        for (int part = 2; part < losses.length; part++) {
            // Into the first sum, which nothing else shares: those of all parts at once would be as many copies of the weights.
            try (Scope scope = Scope.open()) {
                Tensor[] sum = sum(gradients, gradients(step, part, told, loss));
                for (int i = 0; i < sum.length; i++) {
                    new Assign().apply(gradients[i], sum[i]);
                }
            }
        }
        return gradients;
    }

    /** Hears the loss of a part of the batch. */
    private interface PartLoss {
        void accept(int part, Objective.Loss loss);
    }

    private Tensor[] gradients(long step, int part, int[] told, PartLoss consumer) {
        int parts = losses.length;
        int[] dims = batches.shape();
        dims[0] /= parts;
        int first = part * dims[0];
        int length = batch.length / parts;
        // A scope of its own: the activations of one part are gone before those of the next are made.
        try (Scope scope = Scope.open()) {
            Tensor x0 = Tensor.of(Shape.of(dims), parts == 1 ? batch : Arrays.copyOfRange(batch, part * length, (part + 1) * length));
            Objective of = told == null ? objective : objective.given(Arrays.copyOfRange(told, first, first + dims[0]));
            Objective.Loss loss = of.of(x0, times(step, part), key(TrainingPurpose.NOISE, first, step),
                    key(TrainingPurpose.DROPOUT, first, step));
            consumer.accept(part, loss);
            Tensor scaled = parts == 1 ? loss.mean() : loss.mean().div(parts);
            Tensor[] gradients = Autograd.backward(scaled, optimiser.trained());
            for (Tensor gradient : gradients) {
                scope.keep(gradient);
            }
            return gradients;
        }
    }

    /** Times of the examples of a part, whose numbers are those in the whole batch. */
    private double[] times(long step, int part) {
        int size = config.optimiser().batch() / losses.length;
        if (config.isImageClassifier()) {
            return new double[size]; // the log's errors are then those of time 0
        }
        return config.objective().times().draw(density, config.seed(), (int) step, part * size, size, config.optimiser().batch());
    }

    private RandomKey key(TrainingPurpose purpose, int first, long step) {
        return new RandomKey(config.seed(), purpose.code(), first, (int) step);
    }

    private static InputException notFinite(long step, String where) {
        return new InputException("training stopped at step " + step + ": the first tensor that is not finite is " + where
                + "; lower learning-rate or clip and resume from the last checkpoint, which is sound");
    }

    /** Goes through the step again, whose update changed nothing, to find where it went wrong. */
    private String firstBad(long step) {
        try (Scope scope = Scope.open()) {
            String[] bad = new String[1];
            Tensor[] gradients = gradients(step, (part, loss) -> {
                if (bad[0] == null && !Diagnosis.isFinite(loss.mean())) {
                    bad[0] = describe(Diagnosis.firstNonFinite(loss.mean()));
                }
            });
            for (int i = 0; bad[0] == null && i < gradients.length; i++) {
                if (!Diagnosis.isFinite(gradients[i])) {
                    bad[0] = "the gradient of " + optimiser.names()[i];
                }
            }
            return bad[0] == null ? "the norm of all gradients together, which overflows" : bad[0];
        }
    }

    private String describe(Tensor bad) {
        for (Map.Entry<String, Tensor> p : optimiser.parameters().map().entrySet()) {
            if (p.getValue() == bad) {
                return "the weight " + p.getKey();
            }
        }
        return String.valueOf(bad);
    }

    private static Tensor[] sum(Tensor[] a, Tensor[] b) {
        Tensor[] c = new Tensor[a.length];
        for (int i = 0; i < c.length; i++) {
            c[i] = a[i].add(b[i]);
        }
        return c;
    }

    /**
     * The score by the moving averages: what one samples with.
     *
     * @throws InputException when a classifier is trained
     */
    public NetworkScore averagedScore() {
        if (averaged == null) {
            throw new InputException("a classifier has no score");
        }
        return averaged;
    }

    /**
     * The classifier of noisy data by the moving averages.
     *
     * @throws InputException when a score is trained, or a classifier of clean images
     */
    public NetworkClassifier averagedClassifier() {
        if (averagedClassifier == null) {
            throw new InputException("no classifier of noisy data is trained");
        }
        return averagedClassifier;
    }

    /** Number of weights. */
    public long parameterCount() {
        return optimiser.parameters().count();
    }

    /**
     * All that a later {@link #restore} needs, in PyTorch's layouts.
     *
     * @throws InputException when a value is not finite
     */
    public Map<String, Safetensors.Entry> state(long step) {
        Map<String, Safetensors.Entry> state = new LinkedHashMap<>();
        groups().forEach((prefix, tensors) -> state.putAll(TensorFiles.entries(prefix, tensors)));
        state.forEach((name, entry) -> {
            for (float v : entry.data()) {
                if (!Float.isFinite(v)) {
                    throw notFinite(step, name);
                }
            }
        });
        return state;
    }

    /** Takes over what {@link #state} gave; {@code source} is what messages call it. */
    public void restore(Map<String, Safetensors.Entry> state, String source) {
        groups().forEach((prefix, tensors) -> TensorFiles.load(prefix, state, tensors, source));
    }

    private Map<String, Map<String, Tensor>> groups() {
        Map<String, Map<String, Tensor>> groups = new LinkedHashMap<>();
        groups.put("model.", optimiser.parameters().map());
        groups.put("ema.", optimiser.ema().map());
        groups.put("adam.m.", optimiser.firstMoments());
        groups.put("adam.v.", optimiser.secondMoments());
        return groups;
    }

    @Override
    public void close() {
        repeated.close();
        scope.close();
    }
}
