package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.stochastic.Ancestral;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-ANC: that ancestral sampling is DDPM's and SMLD's is held by {@link SamplerTraceTest}; here that it is k-diffusion's Euler
 * ancestral, exact for the data that each variance is made for, and finite in the shortest of steps.
 */
class AncestralTest {
    private static final Shape SHAPE = Shape.of(2, 5);

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** sample_euler_ancestral with eta = 1 on y = x / a: a Euler step of the ODE down to sigma_down, then noise of sigma_up. */
    @ParameterizedTest
    @MethodSource("sdes")
    void isEulerAncestral(Sde sde) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Noise noise = new Noise(3, 0, 7);
            Tensor start = Tensor.normal(Shape.of(2, 5, 1), noise.key(Purpose.PRIOR)).mul(sde.std(0.6));
            double[] z = noise.normal(Purpose.PREDICTOR, Shape.of(2, 5, 1)).toDoubles();
            double[] x = start.toDoubles();
            double[] clean = Tweedie.denoise(score, sde, start, 0.6).toDoubles();
            double from = sde.sigma(0.6);
            double to = sde.sigma(0.45);
            double up = Math.min(to, Math.sqrt(to * to * (from * from - to * to) / (from * from)));
            double down = Math.sqrt(to * to - up * up);
            double[] want = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                double y = x[i] / sde.meanCoefficient(0.6);
                want[i] = sde.meanCoefficient(0.45) * (y + (y - clean[i]) / from * (down - from) + up * z[i]);
            }
            double[] got = step(Ancestral.Variance.POSTERIOR, score, sde, start, 0.6, 0.45, noise).x().toDoubles();
            assertArrayEquals(want, got, 1e-11 * sde.std(0.6));
        }
    }

    /** Where the data are one point, the posterior's variance gives the exact density at tNext from the exact one at t, in one long step. */
    @ParameterizedTest
    @MethodSource("sdes")
    void posteriorIsExactForOnePoint(Sde sde) {
        double[] map = map(Ancestral.Variance.POSTERIOR, sde, 0, 0.9, 0.2);
        assertEquals(0, map[1], 1e-12, "mean of data at 0");
        double variance = map[0] * map[0] * sde.std(0.9) * sde.std(0.9) + map[2] * map[2];
        assertEquals(sde.std(0.2) * sde.std(0.2), variance, 1e-10 * variance, sde.name());
    }

    /** The upper variance does where VP's data are N(0, I). */
    @ParameterizedTest
    @MethodSource("sdes")
    void upperIsExactForUnitData(Sde sde) {
        double[] map = map(Ancestral.Variance.UPPER, sde, 1, 0.9, 0.2);
        double variance = map[0] * map[0] * marginal(sde, 0.9) + map[2] * map[2];
        if (sde.name().equals("vp")) {
            assertEquals(1, variance, 1e-12);
        } else {
            assertTrue(variance > marginal(sde, 0.2), sde.name() + ": an upper variance came out at " + variance);
        }
    }

    /**
     * In the shortest steps, and where rounding has the noise level rise by its last digits (stood for by a step upwards), nothing is
     * the root of a negative number.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void shortestStepIsFinite(Sde sde) {
        for (double t = sde.samplingEpsilon() * 1.5; t < 1; t += 0.00271) {
            for (Ancestral.Variance variance : Ancestral.Variance.values()) {
                double[] map = map(variance, sde, 0.25, t, Math.nextDown(t));
                assertTrue(map[2] >= 0 && map[2] < 1e-5 * sde.std(t), sde.name() + ": noise " + map[2] + " at " + t);
                assertEquals(1, map[0], 1e-12);
                assertEquals(0, map(variance, sde, 0.25, t, t * (1 + 1e-13))[2], 0);
            }
        }
    }

    private static double marginal(Sde sde, double t) {
        return sde.meanCoefficient(t) * sde.meanCoefficient(t) + sde.std(t) * sde.std(t);
    }

    /** (A, B, C) of the step x' = A x + B + C z for data N(0, variance). */
    private static double[] map(Ancestral.Variance variance, Sde sde, double dataVariance, double t, double tNext) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double v = sde.meanCoefficient(t) * sde.meanCoefficient(t) * dataVariance + sde.std(t) * sde.std(t);
            Noise noise = new Noise(1, 0, 0);
            Step atZero = step(variance, (x, time) -> x.mul(-1 / v), sde, Tensor.zeros(SHAPE), t, tNext, noise);
            Step atOne = step(variance, (x, time) -> x.mul(-1 / v), sde, Tensor.full(SHAPE, 1), t, tNext, noise);
            double b = atZero.mean().toDoubles()[0];
            double c = (atZero.x().toDoubles()[0] - b) / noise.normal(Purpose.PREDICTOR, SHAPE).toDoubles()[0];
            return new double[] {atOne.mean().toDoubles()[0] - b, b, c};
        }
    }

    private static Step step(Ancestral.Variance variance, ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        return new Ancestral(variance).step(score, sde, x, t, tNext, noise);
    }
}
