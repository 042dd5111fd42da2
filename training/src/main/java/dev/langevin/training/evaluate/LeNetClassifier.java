package dev.langevin.training.evaluate;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.nn.LeNet;
import dev.langevin.model.score.Classifier;
import dev.langevin.sampling.metrics.Features;

/** A network of clean images as an {@link ImageClassifier}, on the current scope's backend, without dropout, by batches. */
public record LeNetClassifier(LeNet network) implements ImageClassifier {
    private static final int BATCH = 250;

    @Override
    public Seen see(float[] images) {
        int[] shape = network.config().exampleShape();
        int length = Shape.of(shape).size();
        if (images.length == 0 || images.length % length != 0) {
            throw new InputException("classifier: " + images.length + " numbers are no whole number of images of " + Shape.of(shape)
                    + "; give images of the data set that it was trained on");
        }
        int n = images.length / length;
        int d = network.config().features();
        int classes = network.config().classes();
        double[] features = new double[n * d];
        double[] probabilities = new double[n * classes];
        for (int first = 0; first < n; first += BATCH) {
            int count = Math.min(BATCH, n - first);
            float[] batch = new float[count * length];
            System.arraycopy(images, first * length, batch, 0, batch.length);
            try (Scope scope = Scope.open()) {
                LeNet.Output output = Autograd.noGrad(() -> network.apply(Tensor.of(Shape.of(count, shape[0], shape[1], shape[2]), batch), null));
                System.arraycopy(output.features().toDoubles(), 0, features, first * d, count * d);
                System.arraycopy(Classifier.logSoftmax(output.logits().detach()).exp().toDoubles(), 0, probabilities, first * classes, count * classes);
            }
        }
        return new Seen(Features.of(features, d), Features.of(probabilities, classes));
    }
}
