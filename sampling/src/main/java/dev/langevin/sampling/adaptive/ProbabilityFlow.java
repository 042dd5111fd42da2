package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The probability-flow ODE dx/dt = f x - (1/2) g^2 score(x, t) (Song et al. 2021, equation 13), whose trajectories have the
 * densities of the SDE at all times, over the clock u = ln sigma(t), sigma = s/a. From (ln a)' = f and (s^2)' = 2 f s^2 + g^2
 * follows du/dt = g^2 / (2 s^2), so
 * <pre>dx/du = (2 f s^2 / g^2) x - s^2 score(x, t)</pre>
 * In u the field changes as slowly near the data as near the noise, and the error that a solver estimates is the one it makes. In
 * t, steps of VP and sub-VP that rush to the end at the data were measured to miss a tolerance of 1e-4 by up to 80 times, for 10
 * to 40 % fewer evaluations. For VE the two clocks are the same.
 *
 * @param image shape of one image
 * @param from the time at which it begins, in (0, T]
 * @param to the time at which it ends, in (0, T], before or after it
 */
public record ProbabilityFlow(ScoreFunction score, Sde sde, Shape image, double from, double to) implements VectorField {

    /** u at {@code from}. */
    public double start() {
        return Math.log(sde.sigma(from));
    }

    /** u at {@code to}. */
    public double end() {
        return Math.log(sde.sigma(to));
    }

    /** @param x (n, d): images laid out in rows */
    @Override
    public Tensor at(Tensor x, double[] u, int[] rows) {
        double[] t = times(u);
        return velocity(x, score.forImages(rows).score(images(x), t).reshape(x.shape()), t);
    }

    /** The field of x (n, d) with the score there (n, d), at the times t (n). */
    public Tensor velocity(Tensor x, Tensor score, double[] t) {
        return x.mul(column(t, this::stretch)).sub(score.mul(column(t, this::variance)));
    }

    /** The times t of values of u, between {@link #from} and {@link #to}. */
    public double[] times(double[] u) {
        double least = Math.min(start(), end());
        double most = Math.max(start(), end());
        return Arrays.stream(u).map(v -> v <= least ? Math.min(from, to) : v >= most ? Math.max(from, to) : sde.time(Math.exp(v))).toArray();
    }

    /** Rows (n, d) as images (n, ...). */
    public Tensor images(Tensor x) {
        int[] dims = new int[image.rank() + 1];
        dims[0] = x.dim(0);
        System.arraycopy(image.dims(), 0, dims, 1, image.rank());
        return x.reshape(dims);
    }

    /** 2 f s^2 / g^2, the derivative of ln a with respect to u: at most 0. */
    public double stretch(double t) {
        double g = sde.diffusion(t);
        return 2 * sde.drift(t) * variance(t) / (g * g);
    }

    /** s^2. */
    public double variance(double t) {
        return sde.std(t) * sde.std(t);
    }

    @Override
    public String place(double u) {
        return String.format("t = %.6g", times(new double[] {u})[0]);
    }

    /** A function of each time (n), as (n, 1). */
    public static Tensor column(double[] t, DoubleUnaryOperator f) {
        return Tensor.of(Shape.of(t.length, 1), Arrays.stream(t).map(f).toArray());
    }
}
