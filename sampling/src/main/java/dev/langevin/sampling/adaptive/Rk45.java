package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.adaptive.AdaptiveSolver.Solution;
import java.util.Arrays;

/**
 * The probability-flow ODE by the pair of Dormand & Prince with steps that keep to a tolerance (Song et al. 2021, section 4.3,
 * whose "RK45" is SciPy's): each image has its own times and steps, see {@link AdaptiveSolver}. Down to the SDE's sampling epsilon.
 *
 * <p>Its listener hears of the start and of the result alone, as one step: in between no two images are at the same time.
 *
 * @param tolerance of the local error, relative and absolute
 */
public record Rk45(double tolerance) implements Sampler {

    @Override
    public String name() {
        return "rk45";
    }

    @Override
    public boolean adaptive() {
        return true;
    }

    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor x, double from, SampleOptions options) {
        options.refuseConstraint("sampler '" + name() + "'");
        options.listener().at(0, 1, from, x);
        double to = sde.samplingEpsilon();
        Tensor result = solve(score, sde, x, from, to).x().reshape(x.shape());
        options.listener().at(1, 1, to, result);
        return result;
    }

    /**
     * Follows the ODE from one time to another, before or after it.
     *
     * @param x (N, ...): images at time {@code from}; not changed
     * @return images in rows (N, d), and what they took
     */
    public Solution solve(ScoreFunction score, Sde sde, Tensor x, double from, double to) {
        int[] dims = x.shape().dims();
        Shape image = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
        ProbabilityFlow flow = new ProbabilityFlow(score, sde, image, from, to);
        return new AdaptiveSolver(Tolerance.of(tolerance)).solve(flow, x.reshape(dims[0], -1), flow.start(), flow.end(), share -> { });
    }
}
