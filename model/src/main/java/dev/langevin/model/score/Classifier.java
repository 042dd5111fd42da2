package dev.langevin.model.score;

import dev.langevin.engine.Tensor;

/**
 * p(y | x_t, t): how likely each of K classes is for data under the noise of a time. Differentiable in x, so that Bayes' rule
 * turns a score into one of a class: grad ln p_t(x | y) = grad ln p_t(x) + grad ln p(y | x, t).
 */
@FunctionalInterface
public interface Classifier {
    /**
     * ln p(y | x, t) up to a constant of each image; recorded if recording is on.
     *
     * @param x (N, ...)
     * @param t N times in (0, T]
     * @return (N, K)
     */
    Tensor logits(Tensor x, double[] t);

    /** ln p(y | x, t) (N, K), in nats. */
    default Tensor logProbabilities(Tensor x, double[] t) {
        return logSoftmax(logits(x, t));
    }

    /** Logits (N, K) to ln softmax: z - max z - ln sum exp(z - max z), finite where softmax itself would be 0. */
    static Tensor logSoftmax(Tensor logits) {
        // The shift cancels in value and in every derivative, so the maximum needs no gradient.
        Tensor shifted = logits.sub(logits.detach().maxKeep(1));
        return shifted.sub(shifted.exp().sumKeep(1).log());
    }
}
