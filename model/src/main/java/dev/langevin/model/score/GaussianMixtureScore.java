package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * The exact score of a mixture of K Gaussians with independent coordinates in d dimensions under an SDE. Component k of
 * x(t) is N(a m_k, v_k) with v_k = a^2 std_k^2 + s^2, and with the responsibilities
 * r_k = w_k N_k(x) / sum_l w_l N_l(x) the score is sum_k r_k (a m_k - x) / v_k.
 *
 * <p>It is the exact classifier too of which component a point belongs to: p(k | x, t) = r_k.
 *
 * <p>The last axis of x holds the d coordinates; all axes before it count independent draws, as in {@link GaussianScore}.
 */
public final class GaussianMixtureScore implements ScoreFunction, Classifier {
    private final Sde sde;
    private final double[] weights;
    private final double[][] means;
    private final double[][] stds;

    /**
     * @param weights share of each component (K), above 0; any scale, for the score ignores it
     * @param means (K, d)
     * @param stds standard deviation of each coordinate of each component (K, d), above 0
     */
    public GaussianMixtureScore(Sde sde, double[] weights, double[][] means, double[][] stds) {
        int k = weights.length;
        if (k == 0 || means.length != k || stds.length != k || means[0].length == 0) {
            throw new InputException("mixture: expected K >= 1 weights, means (K, d) and deviations (K, d)");
        }
        double total = Arrays.stream(weights).sum();
        for (int i = 0; i < k; i++) {
            if (means[i].length != means[0].length || stds[i].length != means[0].length) {
                throw new InputException("mixture: component " + i + " has not as many coordinates as component 0");
            }
            if (!(weights[i] > 0 && Double.isFinite(total)) || Arrays.stream(stds[i]).anyMatch(s -> !(s > 0))) {
                throw new InputException("mixture: component " + i + " needs a weight and deviations above 0");
            }
        }
        this.sde = sde;
        this.weights = Arrays.stream(weights).map(w -> w / total).toArray();
        this.means = Arrays.stream(means).map(double[]::clone).toArray(double[][]::new);
        this.stds = Arrays.stream(stds).map(double[]::clone).toArray(double[][]::new);
    }

    /**
     * Components that are round.
     *
     * @param std standard deviation of each component in every coordinate (K), above 0
     */
    public static GaussianMixtureScore isotropic(Sde sde, double[] weights, double[][] means, double[] std) {
        double[][] stds = new double[std.length][];
        for (int i = 0; i < std.length; i++) {
            stds[i] = new double[means.length == 0 ? 0 : means[0].length];
            Arrays.fill(stds[i], std[i]);
        }
        return new GaussianMixtureScore(sde, weights, means, stds);
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
        BatchTimes.check("mixture score", x, t);
        return at(x, t);
    }

    /** The exact conditional score: that of p_t(x | component k) alone. */
    public GaussianMixtureScore component(int k) {
        return new GaussianMixtureScore(sde, new double[] {1}, new double[][] {means[k]}, new double[][] {stds[k]});
    }

    /**
     * ln p(component | x, t) up to a constant of each point; of points alone.
     *
     * @param x (N, d)
     */
    @Override
    public Tensor logits(Tensor x, double[] t) {
        BatchTimes.check("mixture", x, t);
        return terms(x, t).logits().reshape(weights.length, t.length).transpose();
    }

    /** What score and responsibilities are made of: (a m_k - x) / v_k (K, d, R, M) and ln (w_k N_k(x)) + constant (K, R, M). */
    private record Terms(Tensor pull, Tensor logits) {
    }

    /** @param t as in {@link #terms} */
    private Tensor at(Tensor x, double... t) {
        Terms terms = terms(x, t);
        int k = weights.length;
        int d = means[0].length;
        int draws = x.size() / d;
        Tensor likelihoods = terms.logits.sub(terms.logits.max(0).detach()).exp();                               // (K, R, M)
        Tensor responsibilities = likelihoods.div(likelihoods.sum(0));                                           // (K, R, M)
        return terms.pull.mul(responsibilities.reshape(k, 1, t.length, draws / t.length)).sum(0).reshape(d, draws).transpose()
                .reshape(x.shape().dims());
    }

    /**
     * Works on (K, d, R, M), R times of M draws each, with the draws innermost, so that every broadcast runs along rows of M, not of d.
     *
     * @param t one time (R = 1), or one for each image (R = N)
     */
    private Terms terms(Tensor x, double... t) {
        int k = weights.length;
        int d = means[0].length;
        int r = t.length;
        if (x.shape().rank() < 2 || x.shape().dim(-1) != d) {
            throw new ShapeException("mixture score", "(N, ..., " + d + ")", x.shape());
        }
        int draws = x.size() / d;
        double[] center = new double[k * d * r];
        double[] precision = new double[k * d * r];
        double[] logScale = new double[k * r];
        for (int n = 0; n < r; n++) {
            double[] scales = logScales(t[n]);
            for (int i = 0; i < k; i++) {
                double[] v = variances(i, t[n]);
                for (int j = 0; j < d; j++) {
                    center[(i * d + j) * r + n] = sde.meanCoefficient(t[n]) * means[i][j];
                    precision[(i * d + j) * r + n] = 1 / v[j];
                }
                logScale[i * r + n] = scales[i];
            }
        }
        Shape constants = Shape.of(k, d, r, 1);
        Tensor points = x.reshape(draws, d).transpose().reshape(1, d, r, draws / r);
        Tensor toCenter = Tensor.of(constants, center).sub(points);                                              // (K, d, R, M)
        Tensor pull = toCenter.mul(Tensor.of(constants, precision));                                             // (K, d, R, M)
        Tensor logits = toCenter.mul(pull).sum(1).mul(-0.5).add(Tensor.of(Shape.of(k, r, 1), logScale));         // (K, R, M)
        return new Terms(pull, logits);
    }

    /** ln p_t(x) of one point x (d), in nats. */
    public double logDensity(double[] x, double t) {
        double[] logits = logits(x, t);
        double max = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(l -> Math.exp(l - max)).sum();
        return max + Math.log(sum) - 0.5 * x.length * Math.log(2 * Math.PI);
    }

    /** p(component k | x(t) = x) of one point x (d): (K), sums to 1. */
    public double[] responsibilities(double[] x, double t) {
        double[] logits = logits(x, t);
        double max = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(l -> Math.exp(l - max)).sum();
        return Arrays.stream(logits).map(l -> Math.exp(l - max) / sum).toArray();
    }

    /** ln (w_k N_k(x)) + (d/2) ln 2 pi, (K). */
    private double[] logits(double[] x, double t) {
        double[] logits = logScales(t);
        double a = sde.meanCoefficient(t);
        for (int i = 0; i < logits.length; i++) {
            double[] v = variances(i, t);
            for (int j = 0; j < x.length; j++) {
                double delta = x[j] - a * means[i][j];
                logits[i] -= 0.5 * delta * delta / v[j];
            }
        }
        return logits;
    }

    /** ln w_k - (1/2) sum_j ln v_kj, (K). */
    private double[] logScales(double t) {
        double[] scales = new double[weights.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = Math.log(weights[i]) - 0.5 * Arrays.stream(variances(i, t)).map(Math::log).sum();
        }
        return scales;
    }

    /** a^2 std_k^2 + s^2: the variances of component k of x(t), (d). */
    private double[] variances(int component, double t) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        return Arrays.stream(stds[component]).map(c -> a * a * c * c + s * s).toArray();
    }
}
