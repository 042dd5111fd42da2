package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/** A network that sees noisy data and the noise level, and says of which of K classes the data is (N-NCLF). */
public interface ClassifierNetwork {
    /**
     * @param x noisy data (N, ...)
     * @param t what {@link #noise} says of the noise level (N)
     * @param dropout random numbers for dropout while training, null to evaluate without it
     * @return logits (N, K): ln p(y | x, t) up to a constant of each example
     */
    Tensor logits(Tensor x, Tensor t, RandomKey dropout);

    /** What the network is told of the noise level. */
    NoiseLabel noise();

    /** K. */
    int classes();

    /** The weights, in the order in which the layers were built. */
    Parameters parameters();
}
