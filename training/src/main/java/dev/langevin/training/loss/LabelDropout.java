package dev.langevin.training.loss;

import dev.langevin.engine.random.Philox;
import dev.langevin.training.TrainingPurpose;

/**
 * Which examples a network of classes sees without their class (T-DROPY), so that one network learns the conditional and the
 * unconditional score (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", algorithm 1).
 *
 * @param share probability of each example, in [0, 1], independently
 * @param none the label that stands for no class
 */
public record LabelDropout(double share, int none) {

    /**
     * The labels as the network is told them, a pure function of the arguments.
     *
     * @param labels of a whole batch; not changed
     * @param step number of the training step
     */
    public int[] apply(int[] labels, long seed, int step) {
        int[] told = labels.clone();
        for (int i = 0; i < told.length; i++) {
            if (Philox.uniform(seed, TrainingPurpose.LABEL_DROPOUT.code(), i, step, 0) < share) {
                told[i] = none;
            }
        }
        return told;
    }
}
