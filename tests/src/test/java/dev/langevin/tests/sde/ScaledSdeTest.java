package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.model.sde.BetaSchedule;
import dev.langevin.model.sde.ScaledSde;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SdeInvariants;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row M-VPVE: one family, x(t) = scale(t) (x(0) + sigma(t) n), is VP for scale = 1 / sqrt(1 + sigma^2) and VE for scale = 1. An
 * interpolation by g = sqrt(beta (1 - gamma)), which at gamma = 1 has no noise, is not it.
 */
class ScaledSdeTest {
    private static final double[] TIMES = {1e-5, 1e-3, 0.05, 0.2, 0.55, 0.9, 1};

    static List<BetaSchedule> rates() {
        return Processes.rates();
    }

    /** sigma^2 = exp(B) - 1. */
    @ParameterizedTest
    @MethodSource("rates")
    void isVp(BetaSchedule beta) {
        ScaledSde family = ScaledSde.variancePreserving(level(t -> Math.sqrt(Math.expm1(beta.integral(t))), t -> beta.at(t) * Math.exp(beta.integral(t))));
        VpSde vp = new VpSde(beta);
        agree(vp, family);
        for (double t : TIMES) {
            double dt = 1e-3 * t;
            double step = Math.pow(beta.at(t) * dt, 2) + 1e-3 * Math.abs(beta.at(t) - beta.at(t - dt)) * t + 1e-14;
            assertEquals(vp.alpha(t, dt), family.alpha(t, dt), step, "alpha at " + t);
            assertEquals(vp.stepVariance(t, dt), family.stepVariance(t, dt), step, "v at " + t);
        }
        assertEquals(vp.priorStd(), family.priorStd(), 1e-3);
    }

    /** sigma = 0.01 5000^t. */
    @Test
    void isVe() {
        double log = Math.log(5000);
        ScaledSde family = ScaledSde.varianceExploding(level(t -> 0.01 * Math.exp(t * log), t -> 2 * 1e-4 * Math.exp(2 * t * log) * log));
        VeSde ve = new VeSde();
        agree(ve, family);
        for (double t : TIMES) {
            assertEquals(1, family.alpha(t, 0.3 * t), 0);
            assertEquals(ve.stepVariance(t, 0.3 * t), family.stepVariance(t, 0.3 * t), 1e-11 * family.stepVariance(t, 0.3 * t) + 1e-17);
        }
        assertEquals(ve.priorStd(), family.priorStd(), 1e-12 * 50);
    }

    /** sigma(t) = t up to 80: f = 0 and g = sqrt(2 t), the process of EDM. */
    @Test
    void isEdm() {
        ScaledSde edm = ScaledSde.edm(80);
        assertEquals(80, edm.endTime(), 0);
        for (double t : new double[] {0.002, 1, 80}) {
            assertEquals(t, edm.std(t), 0);
            assertEquals(t, edm.time(t), 1e-15 * t);
            assertEquals(0, edm.drift(t), 0);
            assertEquals(Math.sqrt(2 * t), edm.diffusion(t), 1e-15 * t + 1e-15);
        }
        SdeInvariants.check(edm);
    }

    private static void agree(Sde sde, ScaledSde family) {
        SdeInvariants.check(family);
        assertTrue(family.samplingEpsilon() == sde.samplingEpsilon() && family.endTime() == sde.endTime());
        for (double t : TIMES) {
            String where = sde + " at " + t;
            assertEquals(sde.logMeanCoefficient(t), family.logMeanCoefficient(t), 1e-12 * Math.abs(sde.logMeanCoefficient(t)), where);
            assertEquals(sde.std(t), family.std(t), 1e-12 * sde.std(t), where);
            assertEquals(sde.sigma(t), family.sigma(t), 1e-12 * sde.sigma(t), where);
            assertEquals(sde.drift(t), family.drift(t), 1e-12 * Math.abs(sde.drift(t)), where);
            assertEquals(sde.diffusion(t), family.diffusion(t), 1e-12 * sde.diffusion(t), where);
        }
    }

    private static ScaledSde.Level level(DoubleUnaryOperator sigma, DoubleUnaryOperator rate) {
        return new ScaledSde.Level() {
            @Override
            public double sigma(double t) {
                return sigma.applyAsDouble(t);
            }

            @Override
            public double varianceRate(double t) {
                return rate.applyAsDouble(t);
            }
        };
    }
}
