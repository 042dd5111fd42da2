package dev.langevin.training.loss;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * Score matching of the noised density at every time, through derivatives of the score: with x_t = a(t) x_0 + s(t) z, the
 * mean over examples and elements of
 * <pre>lambda(t) (2 matching(score at x_t) + d / s^2).</pre>
 * The constant makes it, in the mean over z, the very loss of {@link DenoisingScoreMatching}, so the two share learning
 * rates, clipping and logs; for E[z^T score(a x_0 + s z)] = s E[tr(dscore/dx)] (Stein 1981; Vincent 2011).
 *
 * <p>Computed in units of the noise, u = x_t / s = (a / s) x_0 + z, whose score s score(x_t) is of order 1 at every time.
 *
 * @param matching which way to match the score of u
 */
public record NoisedScoreMatching(NetworkScore score, Weighting weighting, ScoreMatching matching) implements Objective {
    @Override
    public NoisedScoreMatching given(int... labels) {
        return new NoisedScoreMatching(score.given(labels), weighting, matching);
    }

    /** {@link Loss#perExample} has the mean of |s score + z|^2 / d, and may be below 0 in one example. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        Sde sde = score.sde();
        int n = t.length;
        double[] mean = new double[n];
        double[] std = new double[n];
        double[] one = new double[n];
        double[] weight = new double[n];
        for (int i = 0; i < n; i++) {
            std[i] = sde.std(t[i]);
            mean[i] = sde.meanCoefficient(t[i]) / std[i];
            weight[i] = weighting.noiseWeight(sde, t[i]);
        }
        Arrays.fill(one, 1);
        Tensor u = Dispatch.apply(new Perturb(noise), x0, Tensor.of(Shape.of(n), mean), Tensor.of(Shape.of(n), one))[0];
        Jacobian jacobian = Jacobian.of(v -> score.timesStd(NetworkScore.scaled(v, std), t, dropout), u, true);
        double d = (double) x0.size() / n;
        Tensor perExample = matching.of(jacobian, noise).mul(2 / d).add(1);
        return new Loss(perExample.mul(Tensor.of(Shape.of(n), weight)).mean(), perExample);
    }
}
