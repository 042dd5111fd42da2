package dev.langevin.tests.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.FisherDivergence;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Test;

/**
 * Row T-FISHER between two Gaussians: with A = V_q^-1 - V_p^-1 the divergence is tr(A V_p A) + |V_q^-1 (m_p - m_q)|^2, and the
 * norm of p's score is tr V_p^-1.
 */
class FisherDivergenceTest {
    private static final int DRAWS = 20_000;

    @Test
    void equalsTheClosedFormOfTwoGaussians() {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (Sde sde : Sdes.all()) {
                GaussianScore p = new GaussianScore(sde, new double[] {1, -0.5}, new double[][] {{0.25, 0.08}, {0.08, 0.16}});
                GaussianScore q = new GaussianScore(sde, new double[] {0.8, -0.2}, new double[][] {{0.4, -0.05}, {-0.05, 0.2}});
                for (double t : new double[] {1e-3, 0.2}) {
                    RealMatrix vp = new Array2DRowRealMatrix(p.covariance(t));
                    RealMatrix precision = inverse(vp);
                    RealMatrix other = inverse(new Array2DRowRealMatrix(q.covariance(t)));
                    RealVector mp = MatrixUtils.createRealVector(p.mean(t));
                    RealMatrix a = other.subtract(precision);
                    double shift = other.operate(mp.subtract(MatrixUtils.createRealVector(q.mean(t)))).getNorm();
                    double exact = a.multiply(vp).multiply(a).getTrace() + shift * shift;

                    double[] l = new CholeskyDecomposition(vp).getL().getData()[1];
                    Tensor x = Tensor.normal(Shape.of(DRAWS, 2), new RandomKey(1, 1, 0, 0))
                            .linear(Tensor.of(Shape.of(2, 2), Math.sqrt(vp.getEntry(0, 0)), 0, l[0], l[1]), Tensor.of(Shape.of(2), mp.toArray()));
                    FisherDivergence d = FisherDivergence.of(p, q, x, t);
                    String where = sde.name() + " t = " + t;
                    assertEquals(exact, d.value(), 4 * d.standardError(), where);
                    assertTrue(4 * d.standardError() < 0.06 * exact, "a check that can fail: " + d.standardError() + " of " + exact);
                    assertEquals(precision.getTrace(), d.size(), 0.04 * d.size(), where);
                    assertEquals(Math.sqrt(d.value() / d.size()), d.relativeError());
                    assertEquals(0, FisherDivergence.of(p, p, x, t).value());
                    assertEquals(1, FisherDivergence.of(p, (u, time) -> Tensor.zeros(u.shape()), x, t).relativeError());
                }
            }
        }
    }

    /** The standard error is that of the mean: over many samples of 100 draws the means spread by it, to 20 %. */
    @Test
    void statesItsStandardError() {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Sde sde = Sdes.named("vp");
            GaussianScore p = GaussianScore.diagonal(sde, new double[] {0}, new double[] {1}); // N(0, 1) at every time
            GaussianScore q = GaussianScore.diagonal(sde, new double[] {0.5}, new double[] {0.8});
            int samples = 200;
            double sum = 0;
            double square = 0;
            double stated = 0;
            for (int k = 0; k < samples; k++) {
                FisherDivergence d = FisherDivergence.of(p, q, Tensor.normal(Shape.of(100, 1), new RandomKey(1, 1, 0, k)), 0.1);
                sum += d.value() / samples;
                square += d.value() * d.value() / samples;
                stated += d.standardError() / samples;
            }
            double spread = Math.sqrt(square - sum * sum);
            assertEquals(spread, stated, 0.2 * spread);
        }
    }

    private static RealMatrix inverse(RealMatrix m) {
        return new LUDecomposition(m).getSolver().getInverse();
    }
}
