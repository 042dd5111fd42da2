package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;

/**
 * Denoising in one step, by Tweedie's formula (A-DENOISE). Noisy data is spoken of here at its own scale,
 * y = x(0) + sigma z with sigma = s(t) / a(t), which is x(t) / a(t).
 *
 * @param noisy y, elements of one example after those of another
 * @param denoised the posterior means E[x(0) | y]
 */
public record Denoising(float[] noisy, float[] denoised) {
    private static final int BISECTIONS = 200;

    /**
     * The time at which the noise of the forward process has deviation sigma beside the data, s(t) / a(t) = sigma.
     *
     * @throws InputException when no time between the smallest trained one and the end has it
     */
    public static double time(Sde sde, double sigma) {
        double low = sde.trainingEpsilon();
        double high = sde.endTime();
        if (!(sigma >= sigma(sde, low) && sigma <= sigma(sde, high))) {
            throw new InputException(String.format("a noise of deviation %s is not among those that the run was trained for: %.4g to %.4g",
                    sigma, sigma(sde, low), sigma(sde, high)));
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = 0.5 * (low + high);
            if (sigma(sde, middle) < sigma) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** s(t) / a(t), which grows with t. */
    public static double sigma(Sde sde, double t) {
        return sde.std(t) / sde.meanCoefficient(t);
    }

    /**
     * Adds the noise of time t to clean data and takes it away again.
     *
     * @param clean n examples
     * @param example shape of one
     * @param t in (0, T]
     * @param seed of the noise
     */
    public static Denoising ofClean(ScoreFunction score, Sde sde, float[] clean, int[] example, double t, long seed) {
        return run(score, sde, clean, example, t, sigma(sde, t), seed);
    }

    /** Takes the noise away from data that has it; arguments as for {@link #ofClean}. */
    public static Denoising ofNoisy(ScoreFunction score, Sde sde, float[] noisy, int[] example, double t) {
        return run(score, sde, noisy, example, t, 0, 0);
    }

    private static Denoising run(ScoreFunction score, Sde sde, float[] data, int[] example, double t, double added, long seed) {
        if (!(t >= sde.trainingEpsilon() && t <= sde.endTime())) {
            throw new InputException("time " + t + " is not between " + sde.trainingEpsilon() + " and " + sde.endTime());
        }
        int[] dims = new int[example.length + 1];
        dims[0] = data.length / Shape.of(example).size();
        System.arraycopy(example, 0, dims, 1, example.length);
        return Autograd.noGrad(() -> {
            try (Scope scope = Scope.open()) {
                Tensor y = Tensor.of(Shape.of(dims), data);
                if (added > 0) {
                    Tensor z = Tensor.normal(y.shape(), new RandomKey(seed, TrainingPurpose.NOISE.code(), 0, 0));
                    y = y.add(z.mul(added));
                }
                Tensor mean = Tweedie.denoise(score, sde, y.mul(sde.meanCoefficient(t)), t);
                return new Denoising(y.toArray(), mean.toArray());
            }
        });
    }

    /** Mean over all elements of (a - b)^2. */
    public static double meanSquaredError(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return sum / a.length;
    }
}
