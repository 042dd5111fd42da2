package dev.langevin.training.loss;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.NetworkClassifier;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * What trains a noise-conditional classifier (N-NCLF): with x_t = a(t) x_0 + s(t) z, the mean over examples of the cross-entropy
 * <pre>-ln p(y | x_t, t),</pre>
 * whose minimum over all classifiers is the exact posterior of the class at every time.
 *
 * @param labels y of each example of a batch, in [0, K)
 */
public record NoisyClassification(NetworkClassifier classifier, int... labels) implements Objective {

    @Override
    public NoisyClassification given(int... labels) {
        return new NoisyClassification(classifier, labels);
    }

    /** {@link Loss#perExample} is that of {@link Classification#crossEntropy}. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        Sde sde = classifier.sde();
        Tensor mean = Tensor.of(Shape.of(t.length), Arrays.stream(t).map(sde::meanCoefficient).toArray());
        Tensor std = Tensor.of(Shape.of(t.length), Arrays.stream(t).map(sde::std).toArray());
        Tensor noisy = Dispatch.apply(new Perturb(noise), x0, mean, std)[0];
        return Classification.crossEntropy(classifier.logits(noisy, t, dropout), labels);
    }
}
