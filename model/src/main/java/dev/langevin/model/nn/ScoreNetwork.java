package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/** A network that sees noisy data and the time; what its output means is the parametrisation's matter. */
public interface ScoreNetwork {
    /**
     * @param x noisy data (N, ...)
     * @param t times (N), in [0, T]
     * @param dropout random numbers for dropout while training, null to evaluate without it
     * @return a tensor of x's shape
     */
    Tensor forward(Tensor x, Tensor t, RandomKey dropout);

    /** The weights, in the order in which the layers were built. */
    Parameters parameters();
}
