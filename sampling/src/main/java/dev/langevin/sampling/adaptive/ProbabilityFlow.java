package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The probability-flow ODE dx/dt = f x - (1/2) g^2 score(x, t) (Song et al. 2021, equation 13), whose trajectories have the
 * densities of the SDE at all times.
 *
 * @param image shape of one image
 */
public record ProbabilityFlow(ScoreFunction score, Sde sde, Shape image) implements VectorField {

    /** @param x (n, d): images laid out in rows */
    @Override
    public Tensor at(Tensor x, double[] t, int[] rows) {
        Tensor s = score.score(images(x), t).reshape(x.shape());
        return x.mul(drift(t)).sub(s.mul(halfSquaredDiffusion(t)));
    }

    /** Rows (n, d) as images (n, ...). */
    public Tensor images(Tensor x) {
        int[] dims = new int[image.rank() + 1];
        dims[0] = x.dim(0);
        System.arraycopy(image.dims(), 0, dims, 1, image.rank());
        return x.reshape(dims);
    }

    /** f(t) of each row, (n, 1). */
    public Tensor drift(double[] t) {
        return column(t, sde::drift);
    }

    /** g(t)^2 / 2 of each row, (n, 1). */
    public Tensor halfSquaredDiffusion(double[] t) {
        return column(t, s -> 0.5 * sde.diffusion(s) * sde.diffusion(s));
    }

    private static Tensor column(double[] t, DoubleUnaryOperator f) {
        return Tensor.of(Shape.of(t.length, 1), Arrays.stream(t).map(f).toArray());
    }
}
