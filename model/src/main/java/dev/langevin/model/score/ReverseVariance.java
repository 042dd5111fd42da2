package dev.langevin.model.score;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * The variance of a reverse step from x_i to x_(i-1), between the two that are known (Nichol and Dhariwal 2021, equation 15):
 * <pre>Sigma = beta^v beta-tilde^(1-v)</pre>
 * where beta is what the forward step adds and beta-tilde the posterior's. beta-tilde is right where the data are one point, beta
 * (under VP) where they are N(0, I); v may leave [0, 1].
 */
@FunctionalInterface
public interface ReverseVariance {
    /** v = 0. */
    ReverseVariance BETA_TILDE = (x, t) -> Tensor.scalar(0);

    /** v = 1. */
    ReverseVariance BETA = (x, t) -> Tensor.scalar(1);

    /**
     * v at x_i.
     *
     * @param x (N, ...)
     * @param t time of each example (N)
     * @return x's shape, or one that broadcasts to it
     */
    Tensor interpolation(Tensor x, double[] t);

    /**
     * Learned: v = (F + 1) / 2 of a network F, so that one whose output is 0 begins in the middle. As that of a score, the network
     * sees x at unit variance, and for the time the label that it is built for.
     */
    static ReverseVariance learned(ScoreNetwork network, Sde sde) {
        return (x, t) -> {
            double[] in = Arrays.stream(t).map(u -> Parametrisation.UNIT_DATA.at(sde.meanCoefficient(u), sde.std(u))).toArray();
            double[] label = Arrays.stream(t).map(u -> network.noise().of(sde, u)).toArray();
            return network.forward(NetworkScore.scaled(x, in), Tensor.of(Shape.of(t.length), label), null).add(1).mul(0.5);
        };
    }
}
