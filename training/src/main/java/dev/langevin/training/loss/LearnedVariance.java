package dev.langevin.training.loss;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ReverseVariance;
import dev.langevin.model.sde.DdpmChain;
import dev.langevin.sampling.likelihood.VariationalBound;
import java.util.Arrays;

/**
 * The hybrid loss of Nichol and Dhariwal 2021 (section 3.1), row T-LVAR: the simple loss of noise prediction for the score, and
 * beside it the variational bound for the reverse variance alone, the score's error being a constant there,
 * <pre>|s score + z|^2 / d + share (bound in nats) / d.</pre>
 *
 * @param share how large the bound's part is; the paper's is 0.001
 */
public record LearnedVariance(NetworkScore score, DdpmChain chain, ReverseVariance variance, double share) implements Objective {

    @Override
    public LearnedVariance given(int... labels) {
        return new LearnedVariance(score.given(labels), chain, variance, share);
    }

    /**
     * Each example is taken at the chain's step that its time belongs to, i = ceil(t N / T). {@link Loss#perExample} is
     * |s score + z|^2 / d.
     */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        int n = chain.steps();
        int[] steps = Arrays.stream(t).mapToInt(u -> Math.clamp((int) Math.ceil(u / chain.time(n) * n), 1, n)).toArray();
        Tensor a = Tensor.of(Shape.of(t.length), Arrays.stream(steps).mapToDouble(chain::meanCoefficient).toArray());
        Tensor s = Tensor.of(Shape.of(t.length), Arrays.stream(steps).mapToDouble(chain::std).toArray());
        Tensor[] perturbed = Dispatch.apply(new Perturb(noise), x0, a, s);
        Tensor predicted = score.timesStd(perturbed[0], Arrays.stream(steps).mapToDouble(chain::time).toArray(), dropout);
        Tensor perExample = new ResidualError().apply(predicted, perturbed[1]);
        Tensor fixedErrors = predicted.detach().add(perturbed[1]).square();
        Tensor bound = new VariationalBound(chain, score, variance).terms(perturbed[0], fixedErrors, steps);
        double scale = share * n * t.length / x0.size();
        return new Loss(perExample.mean().add(bound.mean().mul(scale)), perExample);
    }
}
