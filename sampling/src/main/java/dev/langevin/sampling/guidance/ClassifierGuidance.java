package dev.langevin.sampling.guidance;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.Classifier;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ScoreFunction;
import java.util.Arrays;

/**
 * Classifier guidance (G-CLF; Dhariwal and Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis"; Song et al. 2021,
 * equation 14): with a score of p_t(x) and any classifier of noisy data,
 * <pre>score(x, t) + w(t) grad_x ln p(y | x, t)</pre>
 * With the exact classifier w = 1 is the exact score of p_t(x | y). Where w(t) is 0 for all images the classifier is not asked.
 *
 * @param labels y of each image of a batch, or one for all
 */
public record ClassifierGuidance(ScoreFunction score, Classifier classifier, int[] labels, GuidanceScale scale) implements ScoreFunction {

    public ClassifierGuidance {
        labels = labels.clone();
    }

    @Override
    public Tensor score(Tensor x, double t) {
        double[] times = new double[x.dim(0)];
        Arrays.fill(times, t);
        return guided(score.score(x, t), x, times);
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        return guided(score.score(x, t), x, t);
    }

    @Override
    public ScoreFunction forImages(int... rows) {
        return new ClassifierGuidance(score.forImages(rows), classifier,
                labels.length == 1 ? labels : Arrays.stream(rows).map(row -> labels[row]).toArray(), scale);
    }

    private Tensor guided(Tensor unguided, Tensor x, double[] t) {
        double[] w = Arrays.stream(t).map(scale::at).toArray();
        return Arrays.stream(w).allMatch(v -> v == 0) ? unguided : unguided.add(NetworkScore.scaled(gradient(x, t), w));
    }

    /** grad_x ln p(y | x, t), x's shape; records for itself where recording is off, and then leaves nothing but the result. */
    private Tensor gradient(Tensor x, double[] t) {
        boolean createGraph = Autograd.isRecording();
        return Scope.tidy(() -> Autograd.withRecording(true, () -> {
            Tensor point = createGraph && x.requiresGrad() ? x : x.detach().requireGrad();
            Tensor logs = classifier.logProbabilities(point, t);
            Tensor sum = logs.mul(chosen(logs.dim(0), logs.dim(1))).sum();
            return createGraph ? Autograd.gradients(sum, true, point)[0] : Autograd.backward(sum, point)[0];
        }));
    }

    /** 1 at each image's class (N, K). */
    private Tensor chosen(int n, int classes) {
        if (labels.length != 1 && labels.length != n) {
            throw new InputException("guidance: classes of " + labels.length + " images were given, the batch has " + n + "; give one for each, or one for all");
        }
        double[] chosen = new double[n * classes];
        for (int i = 0; i < n; i++) {
            int label = labels[labels.length == 1 ? 0 : i];
            if (label < 0 || label >= classes) {
                throw new InputException("guidance: the classifier has no class " + label + "; use 0 to " + (classes - 1));
            }
            chosen[i * classes + label] = 1;
        }
        return Tensor.of(Shape.of(n, classes), chosen);
    }
}
