package dev.langevin.sampling.inverse;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * The score of p_t(x | y) for a measurement y = A x(0) + sigma_y z: the score of p_t(x) plus the gradient of ln p(y | x(t)). With the
 * denoised image D(x) = (x + s^2 score) / a and x(0) given x(t) taken to be N(D, S), y is N(A D, A S A^T + sigma_y^2 I), and with
 * J = dD/dx
 * <pre>
 * score(x | y) = score(x) + J^T A^T (A S A^T + sigma_y^2 I)^-1 (y - A D(x)).
 * </pre>
 * How S is had decides:
 * <ul>
 * <li>{@link #exact} takes S = (s^2 / a) J, which is the covariance of x(0) given x(t) for any data (second-order Tweedie; Boys et al. 2023,
 * "Tweedie Moment Projected Diffusions"). For Gaussian data the score is exact, and so is the posterior that any sampler draws
 * from with it. Each product with S goes back through the network once.
 * <li>{@link #isotropic} takes S = r^2 I with r^2 = s^2 c^2 / (a^2 c^2 + s^2), what it is for data N(m, c^2 I) (Song et al. 2023,
 * "Pseudoinverse-Guided Diffusion Models", there with c = 1), and exact for them alone. One pass back through the network. With
 * c = 0 it is -(1 / (2 sigma_y^2)) times the gradient of |y - A D(x)|^2, diffusion posterior sampling as Chung et al. 2023
 * derive it, which pulls too hard where x(t) leaves much open.
 * </ul>
 * A sees D(x), never the noisy x. Systems are solved by {@link ConjugateGradients}. Itself not differentiable.
 */
public final class PosteriorScore implements ScoreFunction {
    /** Products with A in a system whose S is a number: a blur's condition number is some (r / sigma_y)^2. */
    private static final int CHEAP_STEPS = 50;

    private final ScoreFunction score;
    private final Sde sde;
    private final LinearOperator operator;
    private final Tensor y;
    private final double noise;
    private final double dataStd; // NaN: exact
    private final int steps;
    private final int[] rows; // images of y and of the operator that a batch holds; null: all

    private PosteriorScore(ScoreFunction score, Sde sde, LinearOperator operator, Tensor y, double noise, double dataStd, int steps, int[] rows) {
        if (!(noise > 0 && Double.isFinite(noise))) {
            throw new InputException("posterior: expected measurement noise above 0, got " + noise);
        }
        this.score = score;
        this.sde = sde;
        this.operator = operator;
        this.y = y;
        this.noise = noise;
        this.dataStd = dataStd;
        this.steps = steps;
        this.rows = rows;
    }

    /**
     * S from the Jacobian of the denoiser.
     *
     * @param y (N, ...), what was measured of each image of the batches to come, or (1, ...) of all
     * @param noise sigma_y, above 0
     * @param steps of conjugate gradients, at least 1: products with S a score; elements of a measurement are enough
     */
    public static PosteriorScore exact(ScoreFunction score, Sde sde, LinearOperator operator, Tensor y, double noise, int steps) {
        if (steps < 1) {
            throw new InputException("posterior: expected at least 1 step of conjugate gradients, got " + steps);
        }
        return new PosteriorScore(score, sde, operator, y, noise, Double.NaN, steps, null);
    }

    /**
     * S = r^2 I.
     *
     * @param y as for {@link #exact}
     * @param noise sigma_y, above 0
     * @param dataStd c, standard deviation of an element of the data, at least 0
     */
    public static PosteriorScore isotropic(ScoreFunction score, Sde sde, LinearOperator operator, Tensor y, double noise, double dataStd) {
        if (!(dataStd >= 0 && Double.isFinite(dataStd))) {
            throw new InputException("posterior: expected a standard deviation of the data of at least 0, got " + dataStd);
        }
        return new PosteriorScore(score, sde, operator, y, noise, dataStd, CHEAP_STEPS, null);
    }

    @Override
    public Tensor score(Tensor x, double t) {
        double[] times = new double[x.dim(0)];
        Arrays.fill(times, t);
        return guided(x, times, z -> score.score(z, t));
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        return guided(x, t, z -> score.score(z, t));
    }

    /** With their own measurements, and what is the operator's of each image. */
    @Override
    public ScoreFunction forImages(int... rows) {
        int[] own = this.rows == null ? rows.clone() : Arrays.stream(rows).map(row -> this.rows[row]).toArray();
        return new PosteriorScore(score.forImages(rows), sde, operator, y, noise, dataStd, steps, own);
    }

    /** Those images of a batch. */
    static Tensor rows(Tensor x, int... rows) {
        return Tensor.concat(0, Arrays.stream(rows).mapToObj(row -> x.slice(0, row, row + 1)).toArray(Tensor[]::new));
    }

    private Tensor guided(Tensor x, double[] t, UnaryOperator<Tensor> prior) {
        return Autograd.noGrad(() -> Scope.tidy(() -> {
            LinearOperator a = rows == null ? operator : operator.forImages(x.rank(), rows);
            Tensor measured = rows == null || y.dim(0) == 1 ? y : rows(y, rows);
            Jacobian ofScore = Jacobian.of(prior, x, false);
            Tensor inverseA = column(x, t, u -> 1 / sde.meanCoefficient(u));
            Tensor variance = column(x, t, u -> sde.std(u) * sde.std(u)); // s^2
            Tensor denoised = x.add(ofScore.value().mul(variance)).mul(inverseA);
            UnaryOperator<Tensor> transposed = v -> v.add(ofScore.transposedTimes(v).mul(variance)).mul(inverseA); // J^T v
            Tensor spread = column(x, t, this::spread);
            UnaryOperator<Tensor> covariance = Double.isNaN(dataStd) ? v -> transposed.apply(v).mul(spread) : v -> v.mul(spread); // S v
            UnaryOperator<Tensor> ofMeasurement = v -> a.apply(covariance.apply(a.adjoint(v))).add(v.mul(noise * noise));
            Tensor weighted = ConjugateGradients.solve(ofMeasurement, measured.sub(a.apply(denoised)), steps);
            return ofScore.value().add(transposed.apply(a.adjoint(weighted)));
        }));
    }

    /** What stands before J or I in S: s^2 / a, or r^2. */
    private double spread(double t) {
        double a = sde.meanCoefficient(t);
        double variance = sde.std(t) * sde.std(t);
        double data = dataStd * dataStd;
        return Double.isNaN(dataStd) ? variance / a : variance * data / (a * a * data + variance);
    }

    /** A number for each image, (N, 1, ...). */
    private static Tensor column(Tensor x, double[] t, DoubleUnaryOperator value) {
        return Tensor.perExample(x.rank(), Arrays.stream(t).map(value).toArray());
    }
}
