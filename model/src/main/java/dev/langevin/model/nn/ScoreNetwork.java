package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * A network that sees noisy data, the noise level and perhaps a class; what its output means is the parametrisation's
 * matter.
 */
public interface ScoreNetwork {
    /**
     * Without a class: of a network of classes, the unconditional output.
     *
     * @param x noisy data (N, ...); or, for a network that {@link #inpaints}, images (N, H, W, 2C + 1): x, what is known of x_0 and
     *        where. Without these C + 1 channels nothing is known
     * @param t what {@link #noise} says of the noise level (N): times in [0, T], unless it says otherwise
     * @param dropout random numbers for dropout while training, null to evaluate without it
     * @return a tensor of the noisy data's shape
     */
    Tensor forward(Tensor x, Tensor t, RandomKey dropout);

    /**
     * As above, given a class for each example.
     *
     * @param labels N classes in [0, {@link #classes}), or {@link #classes} where none is given; null where none is given to any
     * @throws InputException when the network has no classes and is given some, or has no class of a label
     */
    default Tensor forward(Tensor x, Tensor t, int[] labels, RandomKey dropout) {
        if (labels != null) {
            checkLabels(labels);
        }
        return forward(x, t, dropout);
    }

    /** What the network is told of the noise level. */
    default NoiseLabel noise() {
        return NoiseLabel.PLAIN;
    }

    /** K, the number of classes that it knows; 0 for an unconditional network. */
    default int classes() {
        return 0;
    }

    /** Whether it can be told a part of the image. */
    default boolean inpaints() {
        return false;
    }

    /** Throws {@link InputException} for labels that {@link #forward(Tensor, Tensor, int[], RandomKey)} does not take. */
    default void checkLabels(int... labels) {
        if (classes() == 0) {
            throw new InputException("network: has no classes, so it cannot be given one; train a network with classes.number above 0");
        }
        for (int label : labels) {
            if (label < 0 || label > classes()) {
                throw new InputException("network: has no class " + label + "; use 0 to " + (classes() - 1) + ", or " + classes() + " for none");
            }
        }
    }

    /** The weights, in the order in which the layers were built. */
    Parameters parameters();
}
