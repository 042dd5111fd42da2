package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.apache.commons.math3.analysis.differentiation.FiniteDifferencesDifferentiator;
import org.apache.commons.math3.analysis.integration.IterativeLegendreGaussIntegrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-SDE-VP, M-SDE-SUBVP, M-SDE-VE, H-LIN and H-GEOM: the two identities that tie f, g, a and s together, and the
 * closed forms. Fails for the wrong coefficients of X-16 (sub-VP's std that of VP), X-17 (sub-VP's g) and X-20
 * (VE's g without a factor sigma).
 */
class SdeTest {
    private static final double[] TIMES = {1e-5, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.9, 1};

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** (ln a)' = f and (s^2)' = 2 f s^2 + g^2, to 1e-8 of the right-hand side. */
    @ParameterizedTest
    @MethodSource("sdes")
    void identities(Sde sde) {
        for (double t : TIMES) {
            double f = sde.drift(t);
            double s = sde.std(t);
            double g = sde.diffusion(t);
            assertEquals(f, derivative(sde::logMeanCoefficient, t), 1e-8 * Math.abs(f), sde.name() + " f at " + t);
            double right = 2 * f * s * s + g * g;
            assertEquals(right, derivative(u -> sde.std(u) * sde.std(u), t), 1e-8 * right, sde.name() + " g at " + t);
            assertEquals(Math.log(sde.meanCoefficient(t)), sde.logMeanCoefficient(t), 1e-14, sde.name() + " a at " + t);
        }
    }

    /** mean coefficient exp(-B/2) and variance 1 - exp(-B) with B integrated numerically; unit variance is kept. */
    @Test
    void variancePreserving() {
        Sde sde = new VpSde();
        for (double t : TIMES) {
            double b = integralOfBeta(t);
            assertEquals(Math.exp(-b / 2), sde.meanCoefficient(t), 1e-14);
            assertEquals(-Math.expm1(-b), square(sde.std(t)), 1e-13 * -Math.expm1(-b));
            assertEquals(1, square(sde.meanCoefficient(t)) + square(sde.std(t)), 1e-15);
            assertEquals(0.1 + 19.9 * t, square(sde.diffusion(t)), 1e-13);
        }
    }

    /** std 1 - exp(-B), g^2 = beta (1 - exp(-2B)); the variance is never above VP's. */
    @Test
    void subVariancePreserving() {
        Sde sde = new SubVpSde();
        Sde vp = new VpSde();
        for (double t : TIMES) {
            double b = integralOfBeta(t);
            assertEquals(-Math.expm1(-b), sde.std(t), 1e-13 * -Math.expm1(-b));
            double g2 = (0.1 + 19.9 * t) * -Math.expm1(-2 * b);
            assertEquals(g2, square(sde.diffusion(t)), 1e-13 * g2);
            assertEquals(vp.meanCoefficient(t), sde.meanCoefficient(t), 0);
        }
        for (double t = 1e-5; t <= 1; t += 1e-3) {
            assertTrue(sde.std(t) < vp.std(t), "sub-VP's std at " + t + " is not below VP's");
        }
    }

    /** sigma goes geometrically from 0.01 to 50; g^2 = 2 sigma^2 ln(5000); the mean stays. */
    @Test
    void varianceExploding() {
        Sde sde = new VeSde();
        assertEquals(0.01, sde.std(0), 1e-16);
        assertEquals(50, sde.std(1), 1e-12);
        double ratio = Math.pow(5000, 0.1);
        for (int i = 0; i < 10; i++) {
            assertEquals(ratio, sde.std((i + 1) / 10.0) / sde.std(i / 10.0), 1e-12 * ratio);
        }
        for (double t : TIMES) {
            double g2 = 2 * square(sde.std(t)) * Math.log(5000);
            assertEquals(g2, square(sde.diffusion(t)), 1e-13 * g2);
            assertEquals(1, sde.meanCoefficient(t), 0);
            assertEquals(0, sde.drift(t), 0);
        }
    }

    /** Near t = 0, where 1 - exp(-B) would keep no digit: B = 0.1 t, and its series in double. */
    @Test
    void keepsItsDigitsNearZero() {
        for (double t : new double[] {1e-12, 1e-15}) {
            double b = 0.1 * t + 9.95 * t * t;
            assertEquals(b * (1 - b / 2), square(new VpSde().std(t)), 1e-15 * b);
            assertEquals(b * (1 - b / 2), new SubVpSde().std(t), 1e-15 * b);
            double dt = t;
            double ve = 1e-4 * 2 * dt * Math.log(5000);
            assertEquals(ve, new VeSde().stepVariance(dt, dt), 1e-10 * ve);
        }
    }

    /** At t = T the process has forgotten where it started: its deviation is the prior's. */
    @ParameterizedTest
    @MethodSource("sdes")
    void endsInItsPrior(Sde sde) {
        assertEquals(sde.priorStd(), sde.std(sde.endTime()), 1e-4 * sde.priorStd());
        assertTrue(sde.samplingEpsilon() > 0 && sde.trainingEpsilon() > 0);
        assertTrue(sde.std(sde.trainingEpsilon()) > 0);
    }

    /** The chain's step becomes the SDE's: alpha = 1 + 2 f dt + O(dt^2), v = g^2 dt + O(dt^2). */
    @ParameterizedTest
    @MethodSource("sdes")
    void chainTendsToTheSde(Sde sde) {
        double dt = 1e-7;
        for (double t : new double[] {1e-3, 0.01, 0.1, 0.5, 1}) {
            double g2 = square(sde.diffusion(t));
            assertEquals(2 * sde.drift(t), (sde.alpha(t, dt) - 1) / dt, 1e-4 * (1 + Math.abs(2 * sde.drift(t))));
            assertEquals(g2, sde.stepVariance(t, dt) / dt, 1e-5 * g2);
        }
        for (int steps = 1; steps <= 30; steps++) {
            double alpha = sde.alpha(1, 1.0 / steps);
            double v = sde.stepVariance(1, 1.0 / steps);
            assertTrue(alpha > 0 && alpha <= 1, sde.name() + " alpha of a step of 1/" + steps + " is " + alpha);
            assertTrue(v > 0 && Double.isFinite(v), sde.name() + " v of a step of 1/" + steps + " is " + v);
        }
    }

    @Test
    void refusesWhatItCannotBe() {
        InputException unknown = assertThrows(InputException.class, () -> Sdes.named("vpp"));
        assertTrue(unknown.getMessage().contains("vpp") && unknown.getMessage().contains("vp, sub-vp, ve"),
                unknown.getMessage());
        assertThrows(InputException.class, () -> new VpSde(-1, 20));
        assertThrows(InputException.class, () -> new SubVpSde(0.1, Double.NaN));
        assertThrows(InputException.class, () -> new VeSde(0, 50));
        assertThrows(InputException.class, () -> new VeSde(1, 1));
        for (Sde sde : Sdes.all()) {
            assertEquals(sde, Sdes.named(sde.name()));
        }
    }

    /** Ninth-order central differences, with a step in proportion to t. */
    private static double derivative(UnivariateFunction function, double t) {
        return new FiniteDifferencesDifferentiator(9, 0.005 * t).differentiate(function)
                .value(new DerivativeStructure(1, 1, 0, t)).getPartialDerivative(1);
    }

    private static double integralOfBeta(double t) {
        return new IterativeLegendreGaussIntegrator(5, 1e-14, 1e-18).integrate(10_000, u -> 0.1 + 19.9 * u, 0, t);
    }

    private static double square(double v) {
        return v * v;
    }
}
