package dev.langevin.training.loss;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.LeNet;
import dev.langevin.model.score.Classifier;

/**
 * What trains a classifier of clean images: the mean over examples of the cross-entropy
 * <pre>-ln p(y | x_0).</pre>
 * Heeds neither time nor noise.
 *
 * @param labels y of each example of a batch, in [0, K)
 */
public record Classification(LeNet network, int... labels) implements Objective {

    @Override
    public Classification given(int... labels) {
        return new Classification(network, labels);
    }

    /** {@link Loss#perExample} is that of {@link #crossEntropy}. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        return crossEntropy(network.apply(x0, dropout).logits(), labels);
    }

    /**
     * The mean of -ln softmax(z)_y, in nats. {@link Loss#perExample} is 1 for an example that another class is likelier for than its own,
     * else 0: the error rate.
     *
     * @param logits z (N, K)
     * @param labels y (N), in [0, K)
     */
    static Loss crossEntropy(Tensor logits, int... labels) {
        int classes = logits.dim(1);
        double[] own = new double[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            own[i * classes + labels[i]] = 1;
        }
        Tensor logs = Classifier.logSoftmax(logits);
        Tensor ofOwn = logs.mul(Tensor.of(Shape.of(labels.length, classes), own)).sum(1);
        return new Loss(ofOwn.mean().neg(), logs.max(1).detach().greater(ofOwn.detach()));
    }
}
