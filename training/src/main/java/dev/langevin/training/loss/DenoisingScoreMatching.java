package dev.langevin.training.loss;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * Denoising score matching (Vincent 2011; Song et al. 2021, equation 7), row T-DSM-T: with x_t = a(t) x_0 + s(t) z, the mean
 * over examples and elements of
 * <pre>lambda(t) |score(x_t, t) + z / s|^2 = w(t) |s score(x_t, t) + z|^2.</pre>
 *
 * @param antithetic whether each example is seen under z and under -z, at twice the cost: what is odd in z, as most of the
 *        gradient at low noise, cancels instead of averaging out (T-ANTI)
 */
public record DenoisingScoreMatching(NetworkScore score, Weighting weighting, boolean antithetic) implements Objective {

    /** With one noise for each example. */
    public DenoisingScoreMatching(NetworkScore score, Weighting weighting) {
        this(score, weighting, false);
    }

    @Override
    public DenoisingScoreMatching given(int... labels) {
        return new DenoisingScoreMatching(score.given(labels), weighting, antithetic);
    }

    /** {@link Loss#perExample} is |s score + z|^2 / d of each example: the error of the noise prediction. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        Sde sde = score.sde();
        Tensor weight = Tensor.of(Shape.of(t.length), Arrays.stream(t).map(u -> weighting.noiseWeight(sde, u)).toArray());
        Tensor perExample = errors(x0, t, 1, noise, dropout);
        if (antithetic) {
            perExample = perExample.add(errors(x0, t, -1, noise, dropout)).mul(0.5);
        }
        return new Loss(perExample.mul(weight).mean(), perExample);
    }

    /** The errors under the noise sign z (N). */
    private Tensor errors(Tensor x0, double[] t, int sign, RandomKey noise, RandomKey dropout) {
        Sde sde = score.sde();
        Shape n = Shape.of(t.length);
        Tensor mean = Tensor.of(n, Arrays.stream(t).map(sde::meanCoefficient).toArray());
        Tensor std = Tensor.of(n, Arrays.stream(t).map(u -> sign * sde.std(u)).toArray());
        Tensor[] perturbed = Dispatch.apply(new Perturb(noise), x0, mean, std);
        Tensor z = sign > 0 ? perturbed[1] : perturbed[1].neg();
        return new ResidualError().apply(score.timesStd(perturbed[0], t, dropout), z);
    }
}
