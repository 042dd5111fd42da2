package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Classifier;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.data.Dataset;
import java.util.Arrays;

/** How often a noise-conditional classifier is right, by noise level (N-NCLF). */
public final class ClassifierAccuracy {
    private static final int BATCH = 100;

    private ClassifierAccuracy() {
    }

    /**
     * The share of examples whose own class is the likeliest, at each of some times, on the current scope's backend.
     *
     * @param data labelled examples, of which the first n are taken
     * @param times each in (0, T]
     * @param seed of the noise
     */
    public static double[] measure(Classifier classifier, Sde sde, Dataset data, int n, double[] times, long seed) {
        int[] right = new int[times.length];
        for (int first = 0; first < n; first += BATCH) {
            int count = Math.min(BATCH, n - first);
            float[] examples = new float[count * data.exampleSize()];
            for (int i = 0; i < count; i++) {
                data.copy(first + i, examples, i * data.exampleSize());
            }
            int[] dims = new int[data.exampleShape().length + 1];
            dims[0] = count;
            System.arraycopy(data.exampleShape(), 0, dims, 1, dims.length - 1);
            for (int k = 0; k < times.length; k++) {
                double[] t = new double[count];
                Arrays.fill(t, times[k]);
                RandomKey noise = new RandomKey(seed, TrainingPurpose.NOISE.code(), first, k);
                double[] logits = Autograd.noGrad(() -> {
                    try (Scope scope = Scope.open()) {
                        Tensor mean = Tensor.full(Shape.of(count), sde.meanCoefficient(t[0]));
                        Tensor std = Tensor.full(Shape.of(count), sde.std(t[0]));
                        return classifier.logits(Dispatch.apply(new Perturb(noise), Tensor.of(Shape.of(dims), examples), mean, std)[0], t).toDoubles();
                    }
                });
                for (int i = 0; i < count; i++) {
                    right[k] += likeliest(logits, i, logits.length / count) == data.label(first + i) ? 1 : 0;
                }
            }
        }
        return Arrays.stream(right).mapToDouble(r -> (double) r / n).toArray();
    }

    private static int likeliest(double[] logits, int image, int classes) {
        int best = 0;
        for (int y = 1; y < classes; y++) {
            best = logits[image * classes + y] > logits[image * classes + best] ? y : best;
        }
        return best;
    }
}
