package dev.langevin.training.loss;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/** What training minimises: a loss of a batch whose minimum, over all functions, is the score of the noised data. */
public interface Objective {
    /**
     * A batch's loss.
     *
     * @param mean what is minimised, a scalar
     * @param perExample each example's share before weighting (N), for the log of the loss at each noise level
     */
    record Loss(Tensor mean, Tensor perExample) {
    }

    /**
     * @param x0 data (N, ...)
     * @param t N times in (0, T]
     * @param noise names all random numbers of the loss; it is for this batch alone
     * @param dropout random numbers for dropout, or null
     */
    Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout);

    /**
     * The loss of examples whose classes are known.
     *
     * @param labels a class for each example of a batch; the network's number of classes where it is not to be told
     */
    Objective given(int... labels);
}
