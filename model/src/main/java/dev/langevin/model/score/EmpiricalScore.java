package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;
import java.util.function.DoubleFunction;

/**
 * The exact score of a finite data set under an SDE. Its density is p_t(x) = (1/M) sum_i N(x; a x_i, s^2 I), and with the posterior
 * r_i = p(x_i | x), a softmax of -|x - a x_i|^2 / (2 s^2), the score is sum_i r_i (a x_i - x) / s^2 (Karras et al. 2022, appendix
 * B.3). It is the minimum of denoising score matching over that data set, so what a network that has memorised it gives; its samples
 * are the data themselves.
 *
 * <p>The last axes of x that hold d numbers together are one point: the last one for points of a plane, (H, W, C) for images.
 */
public final class EmpiricalScore implements ScoreFunction {

    /** Differences between draws and data that are held at once: 4 MiB in float32. */
    private static final int CHUNK = 1 << 20;

    private final Sde sde;
    private final double[][] points;

    /** @param points the data (M, d), M and d at least 1 */
    public EmpiricalScore(Sde sde, double[][] points) {
        if (points.length == 0 || points[0].length == 0) {
            throw new InputException("data set: expected at least one point of at least one number");
        }
        for (int i = 0; i < points.length; i++) {
            if (points[i].length != points[0].length || !Arrays.stream(points[i]).allMatch(Double::isFinite)) {
                throw new InputException("data set: point " + i + " has not as many finite numbers as point 0 has");
            }
        }
        this.sde = sde;
        this.points = Arrays.stream(points).map(double[]::clone).toArray(double[][]::new);
    }

    /**
     * A curve, evenly covered in its parameter, by the midpoint rule: a density on a line that the kernel smears. Closer to the curve's
     * own score than any digit as long as s is a few times the distance between neighbouring points.
     *
     * @param curve position (d) at u in [0, 1]
     * @param points M, how many to take
     */
    public static EmpiricalScore alongCurve(Sde sde, DoubleFunction<double[]> curve, int points) {
        double[][] along = new double[points][];
        for (int i = 0; i < points; i++) {
            along[i] = curve.apply((i + 0.5) / points);
        }
        return new EmpiricalScore(sde, along);
    }

    /**
     * @param x (N, ...), the axes after the first as many draws of d numbers
     * @throws ShapeException when no last axes of x hold d numbers
     */
    @Override
    public Tensor score(Tensor x, double t) {
        return at(x, t);
    }

    /** All images in one computation; as {@link #score(Tensor, double)}, with a time for each. */
    @Override
    public Tensor score(Tensor x, double[] t) {
        BatchTimes.check("score of a data set", x, t);
        return at(x, t);
    }

    /** @param t one time, or one for each image */
    private Tensor at(Tensor x, double... t) {
        int m = points.length;
        int d = points[0].length;
        int draws = draws(x);
        double[] shrink = new double[draws];
        double[] precision = new double[draws];
        for (int i = 0; i < draws; i++) {
            double time = t[(int) ((long) i * t.length / draws)];
            shrink[i] = sde.meanCoefficient(time);
            precision[i] = 1 / (sde.std(time) * sde.std(time));
        }
        Tensor rows = x.reshape(draws, d, 1);
        Tensor data = Tensor.of(Shape.of(1, d, m), columns());
        int chunk = Math.max(1, CHUNK / (m * d));
        Tensor[] parts = new Tensor[Math.ceilDiv(draws, chunk)];
        for (int part = 0; part < parts.length; part++) {
            int from = part * chunk;
            int to = Math.min(draws, from + chunk);
            Tensor a = Tensor.of(Shape.of(to - from, 1, 1), Arrays.copyOfRange(shrink, from, to));
            Tensor weight = Tensor.of(Shape.of(to - from, 1), Arrays.copyOfRange(precision, from, to));
            Tensor toData = data.mul(a).sub(rows.slice(0, from, to));                          // (n, d, M)
            Tensor posterior = toData.square().sum(1).mul(weight).mul(-0.5).softmax();         // (n, M)
            parts[part] = toData.mul(posterior.reshape(to - from, 1, m)).sum(2).mul(weight);   // (n, d)
        }
        return Tensor.concat(0, parts).reshape(x.shape().dims());
    }

    /** How many points x holds. */
    private int draws(Tensor x) {
        int d = points[0].length;
        int length = 1;
        for (int axis = x.rank() - 1; axis > 0 && length < d; axis--) {
            length *= x.dim(axis);
        }
        if (x.rank() < 2 || length != d) {
            throw new ShapeException("score of a data set", "(N, ...) with last axes of " + d + " numbers together", x.shape());
        }
        return x.size() / d;
    }

    /** The data with the points innermost, (d, M), along which broadcasts and sums run. */
    private double[] columns() {
        double[] columns = new double[points[0].length * points.length];
        for (int i = 0; i < points.length; i++) {
            for (int j = 0; j < points[i].length; j++) {
                columns[j * points.length + i] = points[i][j];
            }
        }
        return columns;
    }

    /** ln p_t(x) of one point x (d), in nats. */
    public double logDensity(double[] x, double t) {
        double a = sde.meanCoefficient(t);
        double s = sde.std(t);
        double[] logits = new double[points.length];
        for (int i = 0; i < logits.length; i++) {
            for (int j = 0; j < x.length; j++) {
                double delta = x[j] - a * points[i][j];
                logits[i] -= 0.5 * delta * delta / (s * s);
            }
        }
        double max = Arrays.stream(logits).max().orElseThrow();
        double sum = Arrays.stream(logits).map(l -> Math.exp(l - max)).sum();
        return max + Math.log(sum / points.length) - x.length * (Math.log(s) + 0.5 * Math.log(2 * Math.PI));
    }
}
