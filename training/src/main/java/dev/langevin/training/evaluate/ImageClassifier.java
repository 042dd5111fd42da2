package dev.langevin.training.evaluate;

import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.training.data.Dataset;

/**
 * A classifier of clean images, and the features by which it tells them apart: what the Frechet distance and its kin compare, and
 * the judge of samples that were asked to be of a class.
 */
@FunctionalInterface
public interface ImageClassifier {
    /**
     * What a classifier says of n images.
     *
     * @param features activations before the last linear layer (n, d)
     * @param probabilities p(y | x) (n, K): rows sum to 1 to within single precision
     */
    record Seen(Features features, Features probabilities) {
        /** The likeliest class of each image (n), the lowest where several are equally likely. */
        public int[] labels() {
            int[] labels = new int[probabilities.count()];
            for (int i = 0; i < labels.length; i++) {
                for (int y = 1; y < probabilities.dimension(); y++) {
                    labels[i] = probabilities.at(i, y) > probabilities.at(i, labels[i]) ? y : labels[i];
                }
            }
            return labels;
        }
    }

    /**
     * Looks at images once. Each image's features and probabilities are its own: they do not depend on the others.
     *
     * @param images n images (H, W, C) one after the other, in [-1, 1]
     * @throws dev.langevin.engine.InputException when the length is not that of whole images of the classifier's shape, or 0
     */
    Seen see(float[] images);

    /** {@link Seen#features} of {@link #see}. */
    default Features features(float[] images) {
        return see(images).features();
    }

    /** {@link Seen#labels} of {@link #see}. */
    default int[] labels(float[] images) {
        return see(images).labels();
    }

    /** How often the likeliest class is an example's own. */
    default Accuracy accuracy(Dataset examples) {
        float[] images = new float[examples.size() * examples.exampleSize()];
        int[] own = new int[examples.size()];
        for (int i = 0; i < own.length; i++) {
            examples.copy(i, images, i * examples.exampleSize());
            own[i] = examples.label(i);
        }
        return Accuracy.of(labels(images), own);
    }
}
