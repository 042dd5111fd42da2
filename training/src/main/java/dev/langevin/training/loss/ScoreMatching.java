package dev.langevin.training.loss;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Jacobian;

/**
 * A loss of a vector field at points of a density p, whose mean over p is (1/2) E|s - grad ln p|^2 less a constant that no
 * field changes: the score of p minimises it, and p itself is not asked for (Hyvarinen 2005).
 */
@FunctionalInterface
public interface ScoreMatching {
    /**
     * @param s the field at points (N, ...) drawn from p, with its Jacobian; made with {@code createGraph} where the loss
     *     is to be differentiated
     * @param key names the random numbers, which are this call's alone
     * @return the loss of each point (N), not divided by the dimension d
     */
    Tensor of(Jacobian s, RandomKey key);
}
