package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ReverseVariance;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.NoiseLevel;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.metrics.Gaussian;
import java.util.Arrays;

/**
 * {@link Ancestral} with a variance between its two, or learned (Nichol and Dhariwal 2021, equation 15): with k = a / a' and
 * w = s^2 - k^2 s'^2, the noise has variance w (s' / s)^(2 (1 - v)) with v the {@link ReverseVariance} at x. The right variance
 * makes the step exact for Gaussian data, however long it is.
 */
public record VarianceAncestral(ReverseVariance variance) implements Predictor {

    @Override
    public String name() {
        return "ancestral-learned";
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        NoiseLevel from = NoiseLevel.at(sde, t);
        NoiseLevel to = NoiseLevel.at(sde, tNext);
        double k = from.a() / to.a();
        double logRatio = Math.log(to.s() / from.s());
        double w = from.s() * from.s() * from.shareLost(to);
        double[] times = new double[x.dim(0)];
        Arrays.fill(times, t);
        Tensor mean = x.add(score.score(x, t).mul(w)).mul(1 / k);
        return Step.of(() -> {
            Tensor std = variance.interpolation(x, times).sub(1).mul(-logRatio).exp().mul(Math.sqrt(w));
            return mean.add(noise.normal(Purpose.PREDICTOR, x.shape()).mul(std));
        }, () -> mean);
    }
}
