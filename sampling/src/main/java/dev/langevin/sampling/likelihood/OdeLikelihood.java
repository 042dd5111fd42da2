package dev.langevin.sampling.likelihood;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.adaptive.AdaptiveSolver;
import dev.langevin.sampling.adaptive.ProbabilityFlow;
import dev.langevin.sampling.adaptive.Tolerance;
import java.util.Arrays;
import java.util.function.DoubleConsumer;

/**
 * The log-likelihood of images under the probability-flow ODE of a score (Song et al. 2021, section 4.3 and appendix D.2): with x(t)
 * the trajectory that begins at the image at t = eps and dx/dt = v(x, t),
 * <pre>ln p_eps(x(eps)) = ln p_T(x(T)) + integral from eps to T of div v(x(t), t) dt, p_T = N(0, priorStd^2 I)</pre>
 * The prior is taken where the trajectory ends. Two biases are known, whatever the solver: the density is that of the data with the
 * noise of time eps on them; and p_T stands for the true marginal, which is off by about a(T)^2 E|x(0)|^2 / priorStd^2 at
 * places that are likely.
 *
 * @param eps the time at which images are taken to be, in (0, T)
 * @param tolerance of the solver; the integral counts in it as one number more of an image
 * @param divergence exact or estimated
 */
public record OdeLikelihood(Sde sde, double eps, Tolerance tolerance, Divergence divergence) {

    public OdeLikelihood {
        if (!(eps > 0 && eps < sde.endTime())) {
            throw new InputException("likelihood: eps " + eps + " does not lie between 0 and " + sde.endTime());
        }
    }

    /** From {@link Sde#trainingEpsilon}, down to which scores are trained. */
    public OdeLikelihood(Sde sde, Tolerance tolerance, Divergence divergence) {
        this(sde, sde.trainingEpsilon(), tolerance, divergence);
    }

    /**
     * Log-likelihoods.
     *
     * @param nats ln p of each image (N)
     * @param integrals the integral of the divergence along each trajectory, in nats (N)
     * @param latents x(T) (N, d), in the scope of the caller
     * @param evaluations of the score and its divergence for each image (N)
     * @param calls of the score; one call holds all images that still run
     */
    public record Result(double[] nats, double[] integrals, Tensor latents, int[] evaluations, int calls) {
    }

    /**
     * @param x (N, ...): images; not changed
     * @param probes names the random numbers of an estimate; image i draws from it and i alone
     * @param progress hears after each step what share of its way the last image has behind it
     * @throws dev.langevin.engine.LangevinException as {@link AdaptiveSolver#solve}
     */
    public Result of(ScoreFunction score, Tensor x, RandomKey probes, DoubleConsumer progress) {
        int n = x.dim(0);
        int d = x.size() / n;
        Shape image = Shape.of(Arrays.copyOfRange(x.shape().dims(), 1, x.rank()));
        try (Scope scope = Scope.open()) {
            ProbabilityFlow flow = new ProbabilityFlow(score, sde, image, eps, sde.endTime());
            DensityFlow field = new DensityFlow(flow, divergence.begin(x.shape(), probes));
            Tensor start = Tensor.concat(1, x.reshape(n, d), Tensor.zeros(Shape.of(n, 1)));
            AdaptiveSolver.Solution end = new AdaptiveSolver(tolerance).solve(field, start, flow.start(), flow.end(), progress);
            Tensor z = scope.keep(end.x().slice(1, 0, d));
            double[] integrals = end.x().slice(1, d, d + 1).toDoubles();
            double[] nats = logPrior(z);
            for (int i = 0; i < n; i++) {
                nats[i] += integrals[i];
            }
            return new Result(nats, integrals, z, end.evaluations(), end.calls());
        }
    }

    /** ln N(z; 0, priorStd^2 I) of each row of z (N, d), in nats (N). */
    private double[] logPrior(Tensor z) {
        double constant = z.dim(1) * (Math.log(sde.priorStd()) + 0.5 * Math.log(2 * Math.PI));
        return Arrays.stream(z.div(sde.priorStd()).square().sum(1).toDoubles()).map(r -> -0.5 * r - constant).toArray();
    }
}
