package dev.langevin.sampling.metrics;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;

/**
 * How long a score is where noised data lie. Of all scores of data in d dimensions E |score(x_t, t)|^2 is at most d / s(t)^2,
 * and is near it where the noise hides the data (Song & Ermon 2019, "Generative modeling by estimating gradients of the
 * data distribution", section 4.2: the norm of a trained score goes as 1 / sigma).
 *
 * @param time t
 * @param rootMeanSquare sqrt(E |score(x_t, t)|^2) over the data and their noise
 * @param line sqrt(d) / s(t)
 */
public record ScoreMagnitude(double time, double rootMeanSquare, double line) {

    /**
     * @param data x_0 (N, ...), N at least 1
     * @param seed of the noise
     * @param times each in (0, T]
     * @return one for each time, in their order
     */
    public static ScoreMagnitude[] of(ScoreFunction score, Sde sde, Tensor data, long seed, double... times) {
        int n = data.dim(0);
        if (n < 1) {
            throw new InputException("score magnitude: 0 samples are too few, at least 1 is needed");
        }
        ScoreMagnitude[] magnitudes = new ScoreMagnitude[times.length];
        for (int i = 0; i < times.length; i++) {
            double t = times[i];
            double squares = 0;
            float[] values = score(score, sde, data, new Noise(seed, 0, i), t);
            for (float value : values) {
                squares += (double) value * value;
            }
            magnitudes[i] = new ScoreMagnitude(t, Math.sqrt(squares / n), Math.sqrt(values.length / (double) n) / sde.std(t));
        }
        return magnitudes;
    }

    /** At x_t = a x_0 + s z. */
    private static float[] score(ScoreFunction score, Sde sde, Tensor data, Noise noise, double t) {
        try (Scope scope = Scope.open()) {
            Tensor z = noise.normal(Purpose.MAGNITUDE, data.shape());
            Tensor x = data.mul(sde.meanCoefficient(t)).add(z.mul(sde.std(t)));
            return Autograd.noGrad(() -> score.score(x, t)).toArray();
        }
    }
}
