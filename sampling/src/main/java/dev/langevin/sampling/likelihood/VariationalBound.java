package dev.langevin.sampling.likelihood;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.ReverseVariance;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.DdpmChain;
import dev.langevin.sampling.Purpose;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The variational bound of a discrete chain (Sohl-Dickstein et al. 2015; Ho et al. 2020, equation 5), rows T-ELBO and L-ELBO:
 * <pre>-ln p(x_0) <= KL(q(x_N | x_0) | p(x_N)) + sum_(i>1) E KL(q(x_(i-1) | x_i, x_0) | p(x_(i-1) | x_i)) - E ln p(x_0 | x_1)</pre>
 * where p(x_(i-1) | x_i) is normal with mean (x_i + v_i score) / sqrt(alpha_i) and variance Sigma_i, and p(x_N) = N(0, priorStd^2). In nats,
 * of a density with respect to x_0's own unit. With e = s score + z each step is a weighted denoising error,
 * {@link #weight}, so that training by the bound is denoising score matching.
 *
 * @param variance Sigma_i; at step 1, where beta-tilde is 0, that of step 2 stands for it
 */
public record VariationalBound(DdpmChain chain, ScoreFunction score, ReverseVariance variance) {

    /**
     * The bound of each example (N), each expectation by one noise.
     *
     * @param x0 data (N, ...)
     * @param seed of the noise
     * @param firstImage number of the first example: the noise of an example depends on seed and number alone
     */
    public double[] nats(Tensor x0, long seed, int firstImage) {
        int n = x0.dim(0);
        return Autograd.noGrad(() -> {
            double[] nats = prior(x0).toDoubles();
            int[] steps = new int[n];
            for (int i = 1; i <= chain.steps(); i++) {
                Arrays.fill(steps, i);
                try (Scope scope = Scope.open()) {
                    Tensor z = Tensor.normal(x0.shape(), new RandomKey(seed, Purpose.BOUND.code(), firstImage, i));
                    Tensor x = x0.mul(chain.meanCoefficient(i)).add(z.mul(chain.std(i)));
                    Tensor e = score.score(x, chain.time(i)).mul(chain.std(i)).add(z);
                    double[] term = terms(x, e.square(), steps).toDoubles();
                    Arrays.setAll(nats, k -> nats[k] + term[k]);
                }
            }
            return nats;
        });
    }

    /** KL(q(x_N | x_0) | p(x_N)) of each example (N). */
    public Tensor prior(Tensor x0) {
        double a = chain.meanCoefficient(chain.steps()) / chain.priorStd();
        double s = chain.std(chain.steps()) / chain.priorStd();
        return x0.mul(a).square().add(s * s - 1 - 2 * Math.log(s)).mul(0.5).reshape(x0.dim(0), -1).sum(1);
    }

    /**
     * The bound's term of one step for each example (N), in nats; N times the mean over steps of these is the whole sum.
     * Differentiable in the errors and in the variance.
     *
     * @param x x_i of each example, (N, ...)
     * @param squaredErrors e^2 with e = s_i score(x_i) + z, x's shape
     * @param steps i of each example, in [1, chain.steps()]
     */
    public Tensor terms(Tensor x, Tensor squaredErrors, int[] steps) {
        // In delta = ln(Sigma / beta-tilde), for delta is small at all but the first steps, and its KL smaller yet.
        Tensor v = variance.interpolation(x, Arrays.stream(steps).mapToDouble(chain::time).toArray());
        Tensor delta = v.mul(perExample(x, steps, i -> Math.log(chain.stepVariance(i) / least(i))));
        Tensor shape = perExample(x, steps, i -> i == 1 ? 0 : 1).mul(delta.neg().expm1());
        Tensor constant = perExample(x, steps, i -> i == 1 ? Math.log(2 * Math.PI * least(i)) : 0);
        Tensor errors = perExample(x, steps, i -> 2 * weight(i, least(i))).mul(squaredErrors).mul(delta.neg().exp());
        return errors.add(delta).add(shape).add(constant).mul(0.5).reshape(x.dim(0), -1).sum(1);
    }

    /** The weight of |e|^2 in the term of step i with variance Sigma_i, v_i^2 / (2 alpha_i s_i^2 Sigma_i): for many steps, g^2 / (2 s^2) dt. */
    public double weight(int i, double sigma) {
        double v = chain.stepVariance(i);
        return v * v / (2 * chain.alpha(i) * chain.std(i) * chain.std(i) * sigma);
    }

    private double least(int i) {
        return chain.posteriorVariance(Math.max(i, 2));
    }

    private static Tensor perExample(Tensor x, int[] steps, IntToDoubleFunction f) {
        return Tensor.perExample(x.rank(), Arrays.stream(steps).mapToDouble(f::applyAsDouble).toArray());
    }
}
