package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.training.compare.MixtureDataset;
import dev.langevin.training.compare.ObjectiveComparison.Case;
import dev.langevin.training.compare.ObjectiveComparison.Curve;
import dev.langevin.training.compare.ObjectiveComparison.Point;
import dev.langevin.training.compare.ScoreError;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row T-CMP: what the comparison of objectives measures by. */
class ComparisonTest {
    @Test
    void theErrorIsThatOfTheScore() {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (Sde sde : Sdes.all()) {
                assertEquals(0, ScoreError.of(MixtureDataset.score(sde), sde, 20).divergence());
                assertEquals(1, ScoreError.of((x, t) -> Tensor.zeros(x.shape()), sde, 20).relative());
                ScoreError tenth = ScoreError.of((x, t) -> MixtureDataset.score(sde).score(x, t).mul(1.1), sde, 20);
                assertEquals(0.1, tenth.relative(), 1e-12);
                // Off by 0.3 / s in each coordinate: in units of the noise by 0.3.
                ScoreError shifted = ScoreError.of((x, t) -> MixtureDataset.score(sde).score(x, t).add(0.3 / sde.std(t)), sde, 20);
                assertEquals(0.09, shifted.divergence(), 1e-9);
            }
        }
    }

    /** The points are those of the score: E[score x^T] = -I for their own density (Stein), within 4 SE, and the mean is 0. */
    @Test
    void pointsAndScoreBelongTogether() {
        int n = 10_000;
        Sde sde = Sdes.named("vp");
        MixtureDataset data = new MixtureDataset(1, n);
        float[] x = new float[2 * n];
        for (int i = 0; i < n; i++) {
            data.copy(i, x, 2 * i);
        }
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] s = MixtureDataset.score(sde).score(Tensor.of(Shape.of(n, 2), x), 1e-9).toDoubles();
            for (int a = 0; a < 2; a++) {
                mean(x, s, a, -1, 0);
                mean(x, s, -1, a, 0);
                for (int b = 0; b < 2; b++) {
                    mean(x, s, a, b, a == b ? -1 : 0);
                }
            }
        }
    }

    /** Mean of x_a s_b, or of one of them alone where the other's index is -1. */
    private static void mean(float[] x, double[] s, int a, int b, double expected) {
        int n = x.length / 2;
        double mean = 0;
        double square = 0;
        for (int i = 0; i < n; i++) {
            double v = (a < 0 ? 1 : x[2 * i + a]) * (b < 0 ? 1 : s[2 * i + b]);
            mean += v / n;
            square += v * v / n;
        }
        double se = Math.sqrt((square - mean * mean) / n);
        assertEquals(expected, mean, 4 * se, a + " " + b);
        assertTrue(4 * se < 0.2, "a check that can fail");
    }

    @Test
    void errorsAtEqualTimeLieBetweenPoints() {
        Curve curve = new Curve(new Case("dsm", null), 1, List.of(point(1, 2, 0.8), point(2, 4, 0.4), point(3, 5, 0.3)));
        assertEquals(Double.NaN, curve.relativeAt(1));
        assertEquals(0.8, curve.relativeAt(2));
        assertEquals(0.6, curve.relativeAt(3), 1e-15);
        assertEquals(0.35, curve.relativeAt(4.5), 1e-15);
        assertEquals(0.3, curve.relativeAt(5), 1e-15);
        assertEquals(0.3, curve.relativeAt(9));
    }

    private static Point point(long step, double seconds, double error) {
        return new Point(step, seconds, new ScoreError(error * error, error));
    }
}
