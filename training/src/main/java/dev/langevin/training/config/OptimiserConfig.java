package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.training.optim.Optimiser;

/**
 * How it is minimised.
 *
 * @param batch examples a step
 * @param microBatches parts that a batch is split into, whose gradients are added: less memory, the same result
 * @param learningRate peak, above 0
 * @param warmupSteps steps of its linear rise, at least 0
 * @param lastLearningRate share of the peak at the final step (cosine), in [0, 1]; 1 for a constant rate
 * @param beta1 decay of the gradient's average, in [0, 1)
 * @param beta2 decay of the squared gradient's average, in [0, 1)
 * @param eps added to the root of the latter, above 0
 * @param weightDecay decoupled, at least 0; 0 for plain Adam
 * @param clip greatest global norm of the gradients, above 0; inf for none
 * @param emaDecay greatest decay of the weights' average, in [0, 1)
 */
public record OptimiserConfig(int batch, int microBatches, double learningRate, int warmupSteps, double lastLearningRate,
        double beta1, double beta2, double eps, double weightDecay, double clip, double emaDecay) {
    public static OptimiserConfig defaults() {
        return new OptimiserConfig(64, 1, 2e-4, 100, 1, 0.9, 0.999, 1e-8, 0, 1, 0.999);
    }

    public OptimiserConfig {
        if (batch < 1 || microBatches < 1 || batch % microBatches != 0) {
            throw new InputException("batch " + batch + " does not divide into micro-batches " + microBatches);
        }
        if (!(learningRate > 0 && Double.isFinite(learningRate)) || !(clip > 0) || !(eps > 0 && Double.isFinite(eps)) || warmupSteps < 0) {
            throw new InputException("learning-rate, clip and eps must be above 0, warmup-steps at least 0");
        }
        if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(emaDecay >= 0 && emaDecay < 1)) {
            throw new InputException("beta1, beta2 and ema-decay must be in [0, 1)");
        }
        if (!(weightDecay >= 0 && Double.isFinite(weightDecay)) || !(lastLearningRate >= 0 && lastLearningRate <= 1)) {
            throw new InputException("weight-decay must be at least 0, last-learning-rate in [0, 1]");
        }
    }

    public Optimiser.Settings settings() {
        return new Optimiser.Settings(beta1, beta2, eps, weightDecay, clip, emaDecay);
    }
}
