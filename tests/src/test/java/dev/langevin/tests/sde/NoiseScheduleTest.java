package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.BetaSchedule;
import dev.langevin.model.sde.CosineBeta;
import dev.langevin.model.sde.ExponentialBeta;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SigmoidBeta;
import dev.langevin.model.sde.TableBeta;
import dev.langevin.model.sde.TableSigma;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.differentiation.DerivativeStructure;
import org.apache.commons.math3.analysis.differentiation.FiniteDifferencesDifferentiator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows H-COS, H-SIG, H-EXP and H-CUSTOM: each schedule of noise is the one of its paper, its integral is exact, abar(0) = 1 and abar
 * falls, no step of a chain of 1000 replaces more than 0.999 of the variance, and the SDEs with it satisfy both identities.
 */
class NoiseScheduleTest {
    /** Off the clip of the cosine and sigmoid schedules and off the kinks of the tables, by more than a stencil's width. */
    private static final double[] SMOOTH = {1e-5, 1e-3, 0.013, 0.11, 0.29, 0.5, 0.71, 0.93, 0.9995};

    static List<BetaSchedule> rates() {
        return Processes.rates();
    }

    static List<Sde> processes() {
        return Processes.ofSchedules();
    }

    /** B(t) by quadrature of the rate itself, piece by piece between its kinks; so on both sides of the clip. */
    @ParameterizedTest
    @MethodSource("rates")
    void integralIsThatOfTheRate(BetaSchedule beta) {
        double clip = switch (beta) {
            case CosineBeta cosine -> cosine.clipTime();
            case SigmoidBeta sigmoid -> sigmoid.clipTime();
            default -> 0.9985;
        };
        double[] kinks = {0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 0.99, 0.996, clip, 0.9992, 1};
        GaussIntegratorFactory rules = new GaussIntegratorFactory();
        double sum = 0;
        for (int i = 1; i < kinks.length; i++) {
            sum += rules.legendre(20, kinks[i - 1], kinks[i]).integrate(beta::at);
            assertEquals(sum, beta.integral(kinks[i]), 1e-12 * sum, beta.name() + " at " + kinks[i]);
        }
        assertEquals(0, beta.integral(0), 0, "abar(0) = 1");
    }

    /** abar falls, and a chain of 1000 steps never replaces more than 0.999 of the variance in one. */
    @ParameterizedTest
    @MethodSource("rates")
    void abarFallsAndStepsAreClipped(BetaSchedule beta) {
        Sde vp = new VpSde(beta);
        double largest = 0;
        for (int i = 1; i <= 1000; i++) {
            double t = i / 1000.0;
            assertTrue(beta.integral(t) > beta.integral((i - 1) / 1000.0), beta.name() + " at " + t);
            largest = Math.max(largest, beta.at(t) / 1000);
            assertEquals(1 - beta.at(t) / 1000, vp.alpha(t, 1e-3), 1e-12);
        }
        assertTrue(largest <= 0.999 + 1e-12, beta.name() + ": " + largest);
        if (beta instanceof CosineBeta || beta instanceof SigmoidBeta) {
            assertEquals(0.999, largest, 1e-12, "the clip is reached");
        }
    }

    /** (ln a)' = f and (s^2)' = 2 f s^2 + g^2 to 1e-7 of the terms, by ninth-order differences. */
    @ParameterizedTest
    @MethodSource("processes")
    void identities(Sde sde) {
        for (double t : SMOOTH) {
            double h = Math.min(5e-3 * t, 1e-4);
            double f = sde.drift(t);
            double s2 = square(sde.std(t));
            double g2 = square(sde.diffusion(t));
            assertEquals(f, derivative(sde::logMeanCoefficient, t, h), 1e-7 * Math.abs(f), sde + " f at " + t);
            assertEquals(2 * f * s2 + g2, derivative(u -> square(sde.std(u)), t, h), 1e-7 * (g2 + 1e-4 * s2), sde + " g at " + t);
        }
    }

    /** abar(t) = cos^2(((t + s)/(1 + s)) pi/2) / cos^2((s/(1 + s)) pi/2), equation 17, up to the clip; half the signal's power at t = 0.5. */
    @Test
    void cosineIsThePapers() {
        CosineBeta cosine = new CosineBeta();
        for (double t = 0; t < 0.998; t += 0.01) {
            double abar = square(Math.cos((t + 0.008) / 1.008 * Math.PI / 2)) / square(Math.cos(0.008 / 1.008 * Math.PI / 2));
            assertEquals(abar, Math.exp(-cosine.integral(t)), 1e-14 * Math.max(abar, 1e-2), "abar at " + t);
        }
        assertEquals(0.4938, square(new VpSde(cosine).meanCoefficient(0.5)), 1e-4);
        assertEquals(0.998, cosine.clipTime(), 1e-4);
        assertEquals(999, cosine.at(cosine.clipTime() - 1e-9), 0.01, "no jump at the clip");
        double t = 1e-12;
        double rate = Math.PI / 1.008 * Math.tan(0.008 / 1.008 * Math.PI / 2);
        double slope = square(Math.PI / 1.008) / 2 / square(Math.cos(0.008 / 1.008 * Math.PI / 2));
        double series = t * (rate + 0.5 * t * slope);
        assertEquals(series, cosine.integral(t), 1e-14 * series, "digits near 0");
    }

    /** abar(t) = (S(end/tau) - S((start + t (end - start))/tau)) / (S(end/tau) - S(start/tau)), for the settings of the papers. */
    @Test
    void sigmoidIsThePapers() {
        for (SigmoidBeta sigmoid : new SigmoidBeta[] {new SigmoidBeta(), new SigmoidBeta(-3, 3, 0.9), new SigmoidBeta(-3, 3, 1.1),
            new SigmoidBeta(0, 3, 0.3), new SigmoidBeta(-25, 25, 1)}) {
            double last = logistic(sigmoid.end() / sigmoid.tau());
            double first = logistic(sigmoid.start() / sigmoid.tau());
            for (double t = 0; t < Math.min(sigmoid.clipTime(), 0.995); t += 0.005) {
                double u = (sigmoid.start() + t * (sigmoid.end() - sigmoid.start())) / sigmoid.tau();
                double abar = (last - logistic(u)) / (last - first);
                assertEquals(abar, Math.exp(-sigmoid.integral(t)), 1e-13 * Math.max(1, abar), sigmoid + " at " + t);
            }
            double clip = sigmoid.clipTime();
            assertTrue(clip > 0.7 && clip < 1, sigmoid + ": " + clip);
            assertEquals(999, sigmoid.unclipped(clip), 1e-6, sigmoid + ": the rate at the clip");
        }
    }

    @Test
    void exponentialGrowsGeometrically() {
        ExponentialBeta beta = new ExponentialBeta(0.1, 50);
        assertEquals(0.1, beta.at(0), 1e-16);
        assertEquals(50, beta.at(1), 1e-12);
        assertEquals(Math.sqrt(5), beta.at(0.5), 1e-14);
        assertEquals(1e-13, beta.integral(1e-12), 1e-23);
    }

    /** A table of a linear schedule's ends is that schedule, and so is one with the values between; the same for geometric sigma. */
    @Test
    void tablesPassThroughTheirEntries() {
        VpSde linear = new VpSde();
        for (List<Double> rates : List.of(List.of(0.1, 20.0), List.of(0.1, 5.075, 10.05, 15.025, 20.0))) {
            VpSde table = new VpSde(new TableBeta(rates));
            for (double t : SMOOTH) {
                assertEquals(linear.diffusion(t), table.diffusion(t), 1e-14 * linear.diffusion(t));
                assertEquals(linear.std(t), table.std(t), 1e-14 * linear.std(t));
            }
        }
        VeSde geometric = new VeSde(0.01, 100);
        VeSde table = new VeSde(new TableSigma(List.of(0.01, 0.1, 1.0, 10.0, 100.0)));
        for (double t : SMOOTH) {
            assertEquals(geometric.std(t), table.std(t), 1e-13 * geometric.std(t));
            assertEquals(geometric.diffusion(t), table.diffusion(t), 1e-13 * geometric.diffusion(t));
            for (double dt : new double[] {t, 1e-3 * t}) {
                double v = geometric.stepVariance(t, dt);
                assertEquals(v, table.stepVariance(t, dt), 1e-11 * v);
            }
        }
        for (int i = 0; i <= 5; i++) {
            assertEquals(Processes.RATES.rates().get(i), Processes.RATES.at(0.2 * i), 1e-13);
            assertEquals(Processes.SIGMAS.sigmas().get(i), Processes.SIGMAS.at(0.2 * i), 1e-13 * Processes.SIGMAS.at(1));
        }
    }

    @Test
    void refusesWhatItCannotBe() {
        for (List<Double> rates : List.of(List.of(1.0), List.of(1.0, -1.0), List.of(-1.0, 1.0), List.of(1.0, 0.0), List.of(1.0, Double.NaN), List.<Double>of())) {
            assertThrows(InputException.class, () -> new TableBeta(rates));
        }
        for (List<Double> sigmas : List.of(List.of(1.0), List.of(0.0, 1.0), List.of(1.0, 0.5), List.of(1.0, 2.0, 2.0), List.of(1.0, Double.NaN, 2.0), List.<Double>of())) {
            assertThrows(InputException.class, () -> new TableSigma(sigmas));
        }
        assertThrows(InputException.class, () -> new CosineBeta(-0.1));
        assertThrows(InputException.class, () -> new SigmoidBeta(3, -3, 1));
        assertThrows(InputException.class, () -> new SigmoidBeta(-3, 3, 0));
        assertThrows(InputException.class, () -> new SigmoidBeta(-3, 3, 1e-3));
        assertThrows(InputException.class, () -> new ExponentialBeta(0, 20));
    }

    private static double logistic(double u) {
        return 1 / (1 + Math.exp(-u));
    }

    private static double derivative(UnivariateFunction function, double t, double h) {
        return new FiniteDifferencesDifferentiator(9, h).differentiate(function)
                .value(new DerivativeStructure(1, 1, 0, t)).getPartialDerivative(1);
    }

    private static double square(double v) {
        return v * v;
    }
}
