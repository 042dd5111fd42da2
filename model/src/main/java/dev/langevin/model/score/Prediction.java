package dev.langevin.model.score;

import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;

/**
 * What is predicted about x at one time, in whichever of its forms one asks for (M-EQUIV): score, noise, clean data, velocity
 * or the output of an EDM network say the same thing, for by x = a x_0 + s z each is linear in x and any other. See
 * {@link Parametrisation}, which holds the coefficients.
 *
 * @param x noisy data (N, ...)
 * @param a mean coefficient at this time, above 0
 * @param s standard deviation at this time, above 0
 * @param timesStd s score, which is minus the noise; x's shape
 */
public record Prediction(Tensor x, double a, double s, Tensor timesStd) {

    /**
     * From a prediction in the form of {@code p}.
     *
     * @param t in (0, T], of every example
     * @param f x's shape
     */
    public static Prediction of(Parametrisation p, Sde sde, Tensor x, double t, Tensor f) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        return new Prediction(x, a, s, f.mul(p.out(a, s)).add(x.mul(p.skip(a, s))));
    }

    /** In the form of {@code p}: F = (s score - skip x) / out. */
    public Tensor as(Parametrisation p) {
        return timesStd.sub(x.mul(p.skip(a, s))).mul(1 / p.out(a, s));
    }

    /** The score. */
    public Tensor score() {
        return as(Parametrisation.SCORE);
    }

    /** z = -s score. */
    public Tensor noise() {
        return as(Parametrisation.NOISE);
    }

    /** x_0 = (x - s z) / a, by Tweedie's formula the least-squares denoiser; in EDM's terms D(x / a; s / a). */
    public Tensor clean() {
        return as(Parametrisation.X0);
    }

    /** v = (a z - s x_0) / sqrt(a^2 + s^2). */
    public Tensor velocity() {
        return as(Parametrisation.V);
    }
}
