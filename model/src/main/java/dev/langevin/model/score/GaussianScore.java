package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * The exact score of data N(m, C) in d dimensions under an SDE: x(t) is N(a m, V) with V = a^2 C + s^2 I, and the score
 * is -V^-1 (x - a m).
 *
 * <p>The last axis of x holds the d coordinates; all axes before it count independent draws. So an image (N, H, W, d) is
 * H W draws, which is how a density in one or two dimensions makes images whose norms concentrate as those of real
 * images do.
 */
public final class GaussianScore implements ScoreFunction {
    private final Sde sde;
    private final double[] mean;
    private final double[][] covariance;
    private final boolean diagonal;

    /**
     * @param mean m (d)
     * @param covariance C (d, d), symmetric and positive definite
     */
    public GaussianScore(Sde sde, double[] mean, double[][] covariance) {
        int d = mean.length;
        if (d == 0 || covariance.length != d || Arrays.stream(covariance).anyMatch(row -> row.length != d)) {
            throw new InputException("Gaussian: expected a mean of d >= 1 numbers and a covariance of d x d");
        }
        this.sde = sde;
        this.mean = mean.clone();
        this.covariance = Arrays.stream(covariance).map(double[]::clone).toArray(double[][]::new);
        boolean offDiagonalZero = true;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                if (!(covariance[i][j] == covariance[j][i])) {
                    throw new InputException("covariance: not symmetric at (" + i + ", " + j + ")");
                }
                offDiagonalZero &= i == j || covariance[i][j] == 0;
            }
        }
        this.diagonal = offDiagonalZero;
        new Cholesky(this.covariance);
    }

    /**
     * Independent coordinates.
     *
     * @param mean m (d)
     * @param std standard deviation of each coordinate (d), above 0
     */
    public static GaussianScore diagonal(Sde sde, double[] mean, double[] std) {
        double[][] covariance = new double[std.length][std.length];
        for (int i = 0; i < std.length; i++) {
            covariance[i][i] = std[i] * std[i];
        }
        return new GaussianScore(sde, mean, covariance);
    }

    /**
     * @param x (N, ..., d)
     * @throws ShapeException when the last axis of x is not d long
     */
    @Override
    public Tensor score(Tensor x, double t) {
        return at(x, t);
    }

    /** All images in one computation; as {@link #score(Tensor, double)}, with a time for each. */
    @Override
    public Tensor score(Tensor x, double[] t) {
        BatchTimes.check("Gaussian score", x, t);
        return at(x, t);
    }

    /** @param t one time, or one for each image */
    private Tensor at(Tensor x, double... t) {
        int d = mean.length;
        if (x.shape().rank() < 2 || x.shape().dim(-1) != d) {
            throw new ShapeException("Gaussian score", "(N, ..., " + d + ")", x.shape());
        }
        return diagonal ? diagonalScore(x, t) : fullScore(x, t);
    }

    /** The constants are repeated over the image, so that the broadcasts run along rows of a whole image, not of d. */
    private Tensor diagonalScore(Tensor x, double[] t) {
        int images = x.shape().dim(0);
        int length = images == 0 ? 0 : x.size() / images;
        double[] center = new double[t.length * length];
        double[] minusPrecision = new double[t.length * length];
        for (int n = 0; n < t.length; n++) {
            double[] marginalMean = mean(t[n]);
            double[][] marginalCovariance = covariance(t[n]);
            for (int i = 0; i < length; i++) {
                int j = i % mean.length;
                center[n * length + i] = marginalMean[j];
                minusPrecision[n * length + i] = -1 / marginalCovariance[j][j];
            }
        }
        Shape rows = Shape.of(t.length, length);
        return x.reshape(images, length).sub(Tensor.of(rows, center)).mul(Tensor.of(rows, minusPrecision))
                .reshape(x.shape().dims());
    }

    private Tensor fullScore(Tensor x, double[] t) {
        int d = mean.length;
        double[] center = new double[t.length * d];
        double[] minusPrecision = new double[t.length * d * d];
        for (int n = 0; n < t.length; n++) {
            System.arraycopy(mean(t[n]), 0, center, n * d, d);
            double[] precision = new Cholesky(covariance(t[n])).inverse();
            for (int i = 0; i < d * d; i++) {
                minusPrecision[n * d * d + i] = -precision[i];
            }
        }
        Tensor centered = x.reshape(t.length, x.size() / d / t.length, d).sub(Tensor.of(Shape.of(t.length, 1, d), center));
        return centered.matmul(Tensor.of(Shape.of(t.length, d, d), minusPrecision)).reshape(x.shape().dims());
    }

    /** a(t) m: the mean of x(t), (d). */
    public double[] mean(double t) {
        double a = sde.meanCoefficient(t);
        return Arrays.stream(mean).map(m -> a * m).toArray();
    }

    /** a(t)^2 C + s(t)^2 I: the covariance of x(t), (d, d). */
    public double[][] covariance(double t) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        double[][] v = new double[mean.length][mean.length];
        for (int i = 0; i < v.length; i++) {
            for (int j = 0; j < v.length; j++) {
                v[i][j] = a * a * covariance[i][j] + (i == j ? s * s : 0);
            }
        }
        return v;
    }

    /** ln p_t(x) of one point x (d), in nats. */
    public double logDensity(double[] x, double t) {
        double[] center = mean(t);
        double[] centered = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            centered[i] = x[i] - center[i];
        }
        Cholesky v = new Cholesky(covariance(t));
        double[] solved = v.solve(centered);
        double distance = 0;
        for (int i = 0; i < x.length; i++) {
            distance += centered[i] * solved[i];
        }
        return -0.5 * (distance + v.logDeterminant() + x.length * Math.log(2 * Math.PI));
    }

    /**
     * The exact probability-flow ODE for independent coordinates: it carries x(from) to
     * x(to) = a(to) m + sqrt(v(to) / v(from)) (x(from) - a(from) m).
     *
     * @param x one point (d) at time {@code from}
     * @throws InputException when C is not diagonal
     */
    public double[] flow(double[] x, double from, double to) {
        if (!diagonal) {
            throw new InputException("Gaussian flow: the closed form needs independent coordinates");
        }
        double[][] vFrom = covariance(from);
        double[][] vTo = covariance(to);
        double[] mFrom = mean(from);
        double[] mTo = mean(to);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = mTo[i] + Math.sqrt(vTo[i][i] / vFrom[i][i]) * (x[i] - mFrom[i]);
        }
        return y;
    }
}
