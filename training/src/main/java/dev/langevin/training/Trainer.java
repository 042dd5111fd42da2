package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Diagnosis;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.data.Batches;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.optim.LearningRate;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Trains a score network by denoising score matching. Holds the weights, the optimiser's state and the moving averages
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
     * @param errors mean squared error of each example's noise prediction
     */
    public record StepResult(double loss, double gradientNorm, double learningRate, double[] times, float[] errors) {
    }

    private final TrainConfig config;
    private final Scope scope;
    private final Sde sde;
    private final Batches batches;
    private final float[] batch;
    private final DenoisingScoreMatching objective;
    private final Optimiser optimiser;
    private final LearningRate learningRate;
    private final NetworkScore averaged;

    /** Builds the network with fresh weights, in a scope that {@link #close} closes. */
    public Trainer(TrainConfig config, Dataset data, Backend backend) {
        this.config = config;
        this.sde = config.sde().build();
        this.batches = new Batches(data, config.optimiser().batch(), config.seed());
        this.batch = new float[Shape.of(batches.shape()).size()];
        this.learningRate = config.learningRate();
        this.scope = Scope.open(backend);
        try {
            ScoreNetwork network = config.build(Parameters.create(config.seed()));
            this.objective = new DenoisingScoreMatching(new NetworkScore(network, config.parametrisation(), sde),
                    config.objective().weighting());
            this.optimiser = new Optimiser(config.optimiser().settings(), network.parameters());
            this.averaged = new NetworkScore(config.build(optimiser.ema()), config.parametrisation(), sde);
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
        int parts = config.optimiser().microBatches();
        double loss = 0;
        int size = config.optimiser().batch() / parts;
        double[] times = new double[config.optimiser().batch()];
        float[] errors = new float[times.length];
        try (Scope stepScope = Scope.open()) {
            batches.copy(step - 1, batch);
            Tensor[] gradients = null;
            for (int part = 0; part < parts; part++) {
                Part p = part(step, part, parts);
                loss += p.loss() / parts;
                System.arraycopy(p.times(), 0, times, part * size, size);
                System.arraycopy(p.errors(), 0, errors, part * size, size);
                gradients = gradients == null ? p.gradients() : sum(gradients, p.gradients());
            }
            double rate = learningRate.at(step);
            double norm = optimiser.step(step, rate, gradients);
            if (!Double.isFinite(norm)) {
                throw notFinite(step, "the gradient of " + firstBadGradient(gradients));
            }
            return new StepResult(loss, norm, rate, times, errors);
        }
    }

    private record Part(double loss, double[] times, float[] errors, Tensor[] gradients) {
    }

    /** Loss and gradients of one of the parts of a batch; example numbers are those in the whole batch. */
    private Part part(long step, int part, int parts) {
        int[] dims = batches.shape();
        int size = dims[0] / parts;
        int first = part * size;
        int length = batch.length / parts;
        dims[0] = size;
        double[] t = config.objective().times().draw(sde, config.seed(), (int) step, first, size, config.optimiser().batch());
        // A scope of its own: the activations of one part are gone before those of the next are made.
        try (Scope scope = Scope.open()) {
            Tensor x0 = Tensor.of(Shape.of(dims), parts == 1 ? batch : Arrays.copyOfRange(batch, part * length, (part + 1) * length));
            DenoisingScoreMatching.Loss loss = objective.of(x0, t, key(TrainingPurpose.NOISE, first, step),
                    key(TrainingPurpose.DROPOUT, first, step));
            double value = loss.mean().item();
            if (!Double.isFinite(value)) {
                throw notFinite(step, describe(Diagnosis.firstNonFinite(loss.mean())));
            }
            Tensor scaled = parts == 1 ? loss.mean() : loss.mean().div(parts);
            Tensor[] gradients = Autograd.gradients(scaled, false, optimiser.trained());
            for (Tensor gradient : gradients) {
                scope.keep(gradient);
            }
            return new Part(value, t, loss.perExample().toArray(), gradients);
        }
    }

    private RandomKey key(TrainingPurpose purpose, int first, long step) {
        return new RandomKey(config.seed(), purpose.code(), first, (int) step);
    }

    private static InputException notFinite(long step, String where) {
        return new InputException("training stopped at step " + step + ": the first tensor that is not finite is " + where
                + "; lower learning-rate or clip and resume from the last checkpoint, which is sound");
    }

    private String describe(Tensor bad) {
        for (Map.Entry<String, Tensor> p : optimiser.parameters().map().entrySet()) {
            if (p.getValue() == bad) {
                return "the weight " + p.getKey();
            }
        }
        return String.valueOf(bad);
    }

    private String firstBadGradient(Tensor[] gradients) {
        for (int i = 0; i < gradients.length; i++) {
            if (!Diagnosis.isFinite(gradients[i])) {
                return optimiser.names()[i];
            }
        }
        return "all weights together (their norm overflows)";
    }

    private static Tensor[] sum(Tensor[] a, Tensor[] b) {
        Tensor[] c = new Tensor[a.length];
        for (int i = 0; i < c.length; i++) {
            c[i] = a[i].add(b[i]);
        }
        return c;
    }

    /** The score by the moving averages: what one samples with. */
    public NetworkScore averagedScore() {
        return averaged;
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
        scope.close();
    }
}
