package dev.langevin.model.score;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;

/**
 * The Fisher divergence of two densities p and q at one time, D(p | q) = E_p |grad ln p - grad ln q|^2 (Hyvarinen 2005;
 * Lyu 2009, without a factor 1/2), by Monte Carlo: a measure of a score that asks for no normalising constant (T-FISHER).
 *
 * @param value the mean over the draws
 * @param standardError of {@code value}
 * @param size E_p |grad ln p|^2 over the same draws, the divergence of a q whose score is 0
 */
public record FisherDivergence(double value, double standardError, double size) {

    /**
     * @param p score of the density that the draws come from
     * @param q the other score
     * @param x draws of p_t (N, ...), at least 2
     * @param t in (0, T]
     */
    public static FisherDivergence of(ScoreFunction p, ScoreFunction q, Tensor x, double t) {
        return Autograd.noGrad(() -> {
            try (Scope scope = Scope.open()) {
                Tensor exact = p.score(x, t);
                double[] squares = squaredNorms(exact.sub(q.score(x, t)));
                double[] sizes = squaredNorms(exact);
                int n = squares.length;
                double value = mean(squares);
                double variance = 0;
                for (double square : squares) {
                    variance += (square - value) * (square - value) / (n - 1);
                }
                return new FisherDivergence(value, Math.sqrt(variance / n), mean(sizes));
            }
        });
    }

    /** Root mean square error of q's score relative to p's: 0 for q = p, 1 for a score that is 0. */
    public double relativeError() {
        return Math.sqrt(value / size);
    }

    private static double[] squaredNorms(Tensor v) {
        return v.square().reshape(v.dim(0), -1).sum(1).toDoubles();
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum / values.length;
    }
}
