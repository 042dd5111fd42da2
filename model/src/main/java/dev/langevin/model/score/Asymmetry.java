package dev.langevin.model.score;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/**
 * How far a vector field is from a gradient. The Jacobian of a score is the Hessian of ln p, so symmetric; that of a network need not
 * be, unless it is the gradient of an energy.
 */
public final class Asymmetry {
    private Asymmetry() {
    }

    /**
     * |J - J^T| / (2 |J|), Frobenius norms, of the score's Jacobian J at each example: 0 for a symmetric one, 1 for a purely rotating
     * field, sqrt(1/2) in the mean for a large J of independent entries. One backward pass for each of the d coordinates.
     *
     * @param x (N, ...), d numbers for each example
     * @param t in (0, T]
     * @return (N), in [0, 1]; NaN where J is 0
     */
    public static double[] of(ScoreFunction score, Tensor x, double t) {
        int n = x.dim(0);
        int d = x.size() / n;
        double[][] rows = new double[d][]; // row i of J of every example, (N, d)
        try (Scope scope = Scope.open()) {
            Jacobian jacobian = Jacobian.of(y -> score.score(y, t), x, false);
            for (int i = 0; i < d; i++) {
                double[] unit = new double[d];
                unit[i] = 1;
                Tensor v = Tensor.of(Shape.of(1, d), unit).broadcastTo(Shape.of(n, d)).reshape(x.shape());
                rows[i] = Autograd.noGrad(() -> jacobian.transposedTimes(v)).toDoubles();
            }
        }
        double[] asymmetry = new double[n];
        for (int example = 0; example < n; example++) {
            double difference = 0;
            double size = 0;
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    double entry = rows[i][example * d + j];
                    difference += Math.pow(entry - rows[j][example * d + i], 2);
                    size += entry * entry;
                }
            }
            asymmetry[example] = Math.sqrt(difference / size) / 2;
        }
        return asymmetry;
    }
}
