package dev.langevin.training.optim;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.model.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * AdamW with clipping and a moving average, with its state for a network's trained weights. Made in the current scope,
 * which must outlive it. The average's decay warms up as min(decay, (1 + n) / (10 + n)) at step n, so that a short
 * run does not average in its start.
 */
public final class Optimiser {
    /**
     * @param beta1 decay of the gradient's average, in [0, 1)
     * @param beta2 decay of the squared gradient's average, in [0, 1)
     * @param eps added to the root of the latter
     * @param weightDecay decoupled; 0 for plain Adam
     * @param clip greatest global norm of the gradients
     * @param emaDecay greatest decay of the weights' average, in [0, 1)
     */
    public record Settings(double beta1, double beta2, double eps, double weightDecay, double clip, double emaDecay) {
    }

    private final Settings settings;
    private final Parameters parameters;
    private final Parameters ema;
    private final Map<String, Tensor> firstMoments = new LinkedHashMap<>();
    private final Map<String, Tensor> secondMoments = new LinkedHashMap<>();
    private final Tensor norm;
    private final Tensor[] trained;
    /** Of {@link AdamStep}; the gradients, which come last, are those of the last step. */
    private final Tensor[] operands;

    public Optimiser(Settings settings, Parameters parameters) {
        this.settings = settings;
        this.parameters = parameters;
        this.ema = parameters.copy();
        parameters.map().forEach((name, p) -> {
            if (p.requiresGrad()) {
                firstMoments.put(name, Tensor.zeros(p.shape()));
                secondMoments.put(name, Tensor.zeros(p.shape()));
            }
        });
        this.norm = Tensor.zeros(Shape.SCALAR);
        this.trained = firstMoments.keySet().stream().map(parameters.map()::get).toArray(Tensor[]::new);
        Tensor[] averaged = firstMoments.keySet().stream().map(ema.map()::get).toArray(Tensor[]::new);
        this.operands = AdamStep.operands(trained, firstMoments.values().toArray(Tensor[]::new),
                secondMoments.values().toArray(Tensor[]::new), averaged, norm, new Tensor[trained.length]);
    }

    /** The weights that are trained, in order: what gradients are asked for. */
    public Tensor[] trained() {
        return trained;
    }

    /** Names of {@link #trained}. */
    public String[] names() {
        return firstMoments.keySet().toArray(String[]::new);
    }

    /** The moving averages, under the weights' names. */
    public Parameters ema() {
        return ema;
    }

    /** The weights themselves. */
    public Parameters parameters() {
        return parameters;
    }

    public Map<String, Tensor> firstMoments() {
        return firstMoments;
    }

    public Map<String, Tensor> secondMoments() {
        return secondMoments;
    }

    /**
     * Changes the weights, the moments and the averages by one step; by none when {@link #norm} is not finite then.
     *
     * @param step number of the step, from 1
     * @param gradients one for each of {@link #trained}
     */
    public void step(long step, double learningRate, Tensor[] gradients) {
        double decay = Math.min(settings.emaDecay(), (1.0 + step) / (10.0 + step));
        System.arraycopy(gradients, 0, operands, operands.length - gradients.length, gradients.length);
        new AdamStep(trained.length, learningRate, settings.beta1(), settings.beta2(), settings.eps(),
                settings.weightDecay(), step, settings.clip(), decay).apply(operands);
    }

    /** Global norm of the last step's gradients before clipping; that step changed nothing when it is not finite. */
    public double norm() {
        return norm.item();
    }
}
