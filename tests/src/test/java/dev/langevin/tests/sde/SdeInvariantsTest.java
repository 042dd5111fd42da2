package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.LinearBeta;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SdeInvariants;
import dev.langevin.model.sde.SigmaSchedule;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.TableBeta;
import dev.langevin.model.sde.TableSigma;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows H-CUSTOM and M-SDE-GEN: every process passes the invariants; for each of them a process that breaks it is refused by name. */
class SdeInvariantsTest {
    private static final Sde VP = new VpSde();
    private static final Sde SUB_VP = new SubVpSde();
    private static final Sde VE = new VeSde();

    static List<Sde> processes() {
        return Processes.all();
    }

    @ParameterizedTest
    @MethodSource("processes")
    void holdForEveryProcess(Sde sde) {
        SdeInvariants.check(sde);
    }

    /** A table of a thousand entries that jump about has a kink every thousandth of the time, and is right. */
    @Test
    void holdForARoughTable() {
        SdeInvariants.check(new VpSde(new TableBeta(IntStream.range(0, 1000).mapToObj(i -> 10 + 8 * Math.sin(i * i)).toList())));
        SdeInvariants.check(new VeSde(new TableSigma(IntStream.range(0, 1000).mapToObj(i -> Math.exp(-4 + 0.008 * i + 0.0039 * Math.sin(i * i))).toList())));
    }

    static Stream<Arguments> broken() {
        double log5000 = Math.log(5000);
        return Stream.of(
                // The seeds' errors.
                Arguments.of("X-16, sub-VP with VP's std", bend(SUB_VP).std(VP::std), "(s^2)' = 2 f s^2 + g^2"),
                Arguments.of("X-17, sub-VP's g^2 = beta (1 - a^2)",
                        bend(SUB_VP).diffusion(t -> VP.diffusion(t) * VP.std(t)), "(s^2)' = 2 f s^2 + g^2"),
                Arguments.of("X-20, VE's g^2 without a factor sigma", bend(VE).diffusion(t -> Math.sqrt(2 * VE.std(t) * log5000)), "(s^2)' = 2 f s^2 + g^2"),
                Arguments.of("X-21, interpolation with gamma = 1 as VE", bend(VE).drift(VP::drift).diffusion(t -> 0), "(ln a)' = f"),
                Arguments.of("X-21, with a as its drift says", bend(VE).drift(VP::drift).logMean(VP::logMeanCoefficient).diffusion(t -> 0),
                        "(s^2)' = 2 f s^2 + g^2"),
                // One for each invariant.
                Arguments.of("half the drift", bend(VP).drift(t -> 0.5 * VP.drift(t)), "(ln a)' = f"),
                Arguments.of("a drift that is off late only", bend(VP).drift(t -> VP.drift(t) * (t > 0.97 ? 1.1 : 1)), "(ln a)' = f"),
                Arguments.of("drift not finite", bend(VP).drift(t -> t > 0.5 ? Double.NaN : VP.drift(t)), "f finite"),
                Arguments.of("negative g", bend(VP).diffusion(t -> -VP.diffusion(t)), "g finite and at least 0"),
                Arguments.of("g not finite", bend(VP).diffusion(t -> 1 / (t > 0.9 ? 0.0 : 1)), "g finite and at least 0"),
                Arguments.of("a(0) = 0.9", bend(VP).logMean(t -> VP.logMeanCoefficient(t) + Math.log(0.9)), "a(0) = 1"),
                Arguments.of("a above 1", bend(VP).logMean(t -> t), "a in (0, 1]"),
                Arguments.of("a that underflows", bend(VP).logMean(t -> -1e4 * t), "a in (0, 1]"),
                Arguments.of("a that comes back", bend(VP).logMean(t -> -Math.sin(3 * t)), "a does not increase"),
                Arguments.of("std not finite", bend(VP).std(t -> t > 0.3 ? Double.NaN : VP.std(t)), "s finite and at least 0"),
                Arguments.of("std that falls", bend(VP).std(t -> Math.sin(3 * t)), "s does not decrease"),
                Arguments.of("no noise at first", bend(VP).std(t -> t < 0.1 ? 0 : VP.std(t)), "s > 0 from the first time that is used"),
                Arguments.of("data left at T", new VpSde(0.1, 4), "noise has replaced the data at T"),
                Arguments.of("noise that stands still", new VeSde(pause()), "g > 0, noise is added at every time"),
                Arguments.of("X-29, VE from N(0, I)", bend(VE).priorStd(1), "the prior has the deviation of x(T)"),
                Arguments.of("alpha of half a step", bend(VP).alpha((t, dt) -> VP.alpha(t, 0.5 * dt)), "(alpha - 1) / dt goes to 2 f"),
                Arguments.of("a step's deviation for its variance", bend(VP).stepVariance((t, dt) -> Math.sqrt(VP.stepVariance(t, dt))),
                        "the step's variance / dt goes to g^2"),
                Arguments.of("unclipped alpha", bend(VP).alpha((t, dt) -> 1 - dt * new LinearBeta(0.1, 20).at(t)), "alpha in (0, 1] for 1 steps"));
    }

    /** ln sigma grows but for the time from 0.4 to 0.6. */
    private static SigmaSchedule pause() {
        DoubleUnaryOperator log = t -> -4 + 10 * (Math.min(t, 0.4) + Math.max(t - 0.6, 0));
        return new SigmaSchedule() {
            @Override
            public String name() {
                return "pause";
            }

            @Override
            public double at(double t) {
                return Math.exp(log.applyAsDouble(t));
            }

            @Override
            public double logSlope(double t) {
                return t < 0.4 || t >= 0.6 ? 10 : 0;
            }

            @Override
            public double logGrowth(double t, double dt) {
                return log.applyAsDouble(t) - log.applyAsDouble(t - dt);
            }
        };
    }

    /** Images in [-1, 1], whose second moment is at most 1, are well lost under a noise of 8; a beta up to 8 keeps 2 % of the variance. */
    @Test
    void modestEndsOfNoiseAreTaken() {
        SdeInvariants.check(new VeSde(0.01, 8));
        SdeInvariants.check(new VpSde(0.1, 8));
        for (Sde sde : List.of(new VeSde(0.01, 6.9), new VpSde(0.1, 7))) {
            assertTrue(assertThrows(InputException.class, () -> SdeInvariants.check(sde)).getMessage().contains("noise has replaced the data at T"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void nameWhatIsBroken(String what, Sde sde, String law) {
        InputException e = assertThrows(InputException.class, () -> SdeInvariants.check(sde), what);
        assertTrue(e.getMessage().contains("breaks \"" + law), what + ": " + e.getMessage());
        assertTrue(e.getMessage().matches(".* at t = [0-9.e-]+: .* is [-0-9.e+NaInfity]+, .* is [-0-9.e+]+"), e.getMessage());
    }

    private static Bent bend(Sde sde) {
        return new Bent(sde, sde::logMeanCoefficient, sde::std, sde::drift, sde::diffusion, sde.priorStd(), sde::alpha, sde::stepVariance);
    }

    /** A process of which single functions are replaced. */
    private record Bent(Sde base, DoubleUnaryOperator a, DoubleUnaryOperator s, DoubleUnaryOperator f, DoubleUnaryOperator g, double priorStd,
            DoubleBinaryOperator step, DoubleBinaryOperator variance) implements Sde {
        Bent logMean(DoubleUnaryOperator other) {
            return new Bent(base, other, s, f, g, priorStd, step, variance);
        }

        Bent std(DoubleUnaryOperator other) {
            return new Bent(base, a, other, f, g, priorStd, step, variance);
        }

        Bent drift(DoubleUnaryOperator other) {
            return new Bent(base, a, s, other, g, priorStd, step, variance);
        }

        Bent diffusion(DoubleUnaryOperator other) {
            return new Bent(base, a, s, f, other, priorStd, step, variance);
        }

        Bent priorStd(double other) {
            return new Bent(base, a, s, f, g, other, step, variance);
        }

        Bent alpha(DoubleBinaryOperator other) {
            return new Bent(base, a, s, f, g, priorStd, other, variance);
        }

        Bent stepVariance(DoubleBinaryOperator other) {
            return new Bent(base, a, s, f, g, priorStd, step, other);
        }

        @Override
        public String name() {
            return base.name();
        }

        @Override
        public double logMeanCoefficient(double t) {
            return a.applyAsDouble(t);
        }

        @Override
        public double std(double t) {
            return s.applyAsDouble(t);
        }

        @Override
        public double drift(double t) {
            return f.applyAsDouble(t);
        }

        @Override
        public double diffusion(double t) {
            return g.applyAsDouble(t);
        }

        @Override
        public double samplingEpsilon() {
            return base.samplingEpsilon();
        }

        @Override
        public double alpha(double t, double dt) {
            return step.applyAsDouble(t, dt);
        }

        @Override
        public double stepVariance(double t, double dt) {
            return variance.applyAsDouble(t, dt);
        }
    }
}
