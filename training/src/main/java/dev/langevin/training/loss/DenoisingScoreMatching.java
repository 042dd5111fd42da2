package dev.langevin.training.loss;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;

/**
 * Denoising score matching over continuous time (Vincent 2011; Song et al. 2021, equation 7), row T-DSM-T: with
 * x_t = a(t) x_0 + s(t) z, the mean over examples and elements of
 * <pre>lambda(t) |score(x_t, t) + z / s|^2 = lambda(t) / s^2 |s score(x_t, t) + z|^2.</pre>
 */
public record DenoisingScoreMatching(NetworkScore score, Weighting weighting) implements Objective {
    /** {@link Loss#perExample} is |s score + z|^2 / d of each example: the error of the noise prediction. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        Sde sde = score.sde();
        int n = t.length;
        double[] mean = new double[n];
        double[] std = new double[n];
        double[] weight = new double[n];
        for (int i = 0; i < n; i++) {
            mean[i] = sde.meanCoefficient(t[i]);
            std[i] = sde.std(t[i]);
            weight[i] = weighting.scoreWeight(sde, t[i]) / (std[i] * std[i]);
        }
        Tensor[] perturbed = Dispatch.apply(new Perturb(noise), x0, Tensor.of(Shape.of(n), mean), Tensor.of(Shape.of(n), std));
        Tensor perExample = new ResidualError().apply(score.timesStd(perturbed[0], t, dropout), perturbed[1]);
        return new Loss(perExample.mul(Tensor.of(Shape.of(n), weight)).mean(), perExample);
    }
}
