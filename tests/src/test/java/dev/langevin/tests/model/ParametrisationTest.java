package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Prediction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-EQUIV (the exact score, written as what a network of each parametrisation would give, comes back, for every SDE; all
 * conversions go there and back) and T-EDM (unit variance into the network and out of it).
 */
class ParametrisationTest {
    /** From where s^2 is above 1e-8: a score beside x_0 counts s^2, and double has 16 digits for the two. */
    private static final double[] TIMES = {1e-3, 0.01, 0.1, 0.5, 1};

    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** A network of no weights: a function of the input as the network sees it, and of the time. */
    static ScoreNetwork network(BinaryOperator<Tensor> f) {
        return new ScoreNetwork() {
            @Override
            public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
                return f.apply(x, t);
            }

            @Override
            public Parameters parameters() {
                return Parameters.create(0);
            }
        };
    }

    /** What a perfect network of each kind gives, by the definition of its paper, from the score and the posterior mean of x_0. */
    private static Tensor truth(String parametrisation, double a, double s, Tensor x, Tensor score, Tensor clean) {
        double sigma = s / a;
        double data = 0.5;
        return switch (parametrisation) {
            case "score" -> score;
            case "noise" -> score.mul(-s);
            case "x0" -> clean;
            case "v" -> score.mul(-s * a).sub(clean.mul(s)).div(Math.hypot(a, s));
            case "edm" -> clean.sub(x.div(a).mul(data * data / (sigma * sigma + data * data)))
                    .div(sigma * data / Math.sqrt(sigma * sigma + data * data));
            default -> throw new AssertionError("a parametrisation without its definition here: " + parametrisation);
        };
    }

    /** Perfect networks of all kinds give one score: that of the data. Holds the whole of M-EQUIV together with the round trips. */
    @ParameterizedTest
    @MethodSource("sdes")
    void allGiveTheSameScoreFromTheSameTruth(Sde sde) {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            GaussianScore exact = GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 2});
            for (double t : TIMES) {
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                Tensor x = Tensor.normal(Shape.of(7, 2), new RandomKey(1, 1, 0, 0)).mul(s).add(a);
                Tensor score = exact.score(x, t);
                for (Parametrisation p : Parametrisation.ALL) {
                    String where = sde.name() + " " + p.name() + " at " + t;
                    Tensor f = truth(p.name(), a, s, x, score, Tweedie.denoise(exact, sde, x, t));
                    NetworkScore network = new NetworkScore(network((in, time) -> {
                        assertClose(x.mul(p.in(a, s)), in, "the network's input, " + where);
                        assertEquals(t, time.toDoubles()[3], 1e-12, "the network's time");
                        return f;
                    }), p, sde);
                    assertClose(score, network.score(x, t), where);
                    double[] times = {t, t, t, t, t, t, t};
                    assertClose(score.mul(s), network.timesStd(x, times, null), where);
                    assertClose(score, Prediction.of(p, sde, x, t, f).score(), where);
                    assertClose(f, new Prediction(x, a, s, score.mul(s)).as(p), where);
                }
            }
        }
    }

    /** Any form into any other and back is the identity, and the four named forms are those of the definitions. */
    @ParameterizedTest
    @MethodSource("sdes")
    void roundTripsOfAllPairs(Sde sde) {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.normal(Shape.of(3, 4, 4, 1), new RandomKey(1, 1, 0, 0));
            Tensor f = Tensor.normal(Shape.of(3, 4, 4, 1), new RandomKey(1, 2, 0, 0));
            for (double t : TIMES) {
                for (Parametrisation from : Parametrisation.ALL) {
                    Prediction there = Prediction.of(from, sde, x, t, f);
                    for (Parametrisation to : Parametrisation.ALL) {
                        Prediction back = Prediction.of(to, sde, x, t, there.as(to));
                        assertClose(f, back.as(from), sde.name() + " " + from.name() + " to " + to.name() + " at " + t);
                    }
                    double a = sde.meanCoefficient(t);
                    double s = sde.std(t);
                    Tensor z = there.noise();
                    assertClose(z, there.score().mul(-s), "noise");
                    assertClose(x, there.clean().mul(a).add(z.mul(s)), "x = a x_0 + s z");
                    assertClose(z.mul(a).sub(there.clean().mul(s)).div(Math.hypot(a, s)), there.velocity(), "v");
                }
            }
        }
    }

    /** Within 1e-6 of the largest element. */
    private static void assertClose(Tensor expected, Tensor actual, String message) {
        double[] want = expected.toDoubles();
        double largest = Arrays.stream(want).map(Math::abs).max().orElseThrow();
        assertArrayEquals(want, actual.toDoubles(), 1e-6 * largest, message);
    }

    /** Each example is scaled by its own time. */
    @ParameterizedTest
    @MethodSource("sdes")
    void timesMayDifferInABatch(Sde sde) {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] t = {0.05, 0.9};
            Tensor x = Tensor.normal(Shape.of(2, 3, 3, 1), new RandomKey(1, 1, 0, 0));
            for (Parametrisation p : Parametrisation.ALL) {
                NetworkScore score = new NetworkScore(network((in, time) -> in.square().add(time.reshape(2, 1, 1, 1))), p, sde);
                double[] together = score.timesStd(x, t, null).toDoubles();
                NetworkScore alone = new NetworkScore(network((in, time) -> in.square().add(time.reshape(1, 1, 1, 1))), p, sde);
                for (int i = 0; i < 2; i++) {
                    double[] one = alone.timesStd(x.slice(0, i, i + 1), new double[] {t[i]}, null).toDoubles();
                    assertArrayEquals(one, Arrays.copyOfRange(together, 9 * i, 9 * i + 9), 1e-12);
                }
            }
        }
    }

    /**
     * Row T-EDM, and the same for the others with data of unit variance: at every noise level the network's input has unit
     * variance, and so has the output that would predict -z, but for the score, whose size is 1 / s.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void inputsAndTargetsHaveUnitVariance(Sde sde) {
        Parametrisation.ALL.forEach(p -> assertUnitVariance(p, p.name().equals("edm") ? 0.5 : 1, sde));
        assertUnitVariance(Parametrisation.edm(3), 3, sde);
        for (double t : TIMES) {
            double a = sde.meanCoefficient(t);
            double s = sde.std(t);
            assertEquals(-Parametrisation.V.out(a, s), Parametrisation.edm(1).out(a, s), 1e-12, "v is minus EDM with data of unit variance");
            assertEquals(Parametrisation.V.skip(a, s), Parametrisation.edm(1).skip(a, s), 1e-12 * Math.abs(Parametrisation.V.skip(a, s)));
        }
    }

    private static void assertUnitVariance(Parametrisation p, double data, Sde sde) {
        for (double t : new double[] {1e-5, 1e-3, 0.3, 1}) {
            double a = sde.meanCoefficient(t);
            double s = sde.std(t);
            String where = sde.name() + " " + p.name() + " at " + t;
            assertEquals(1, Math.pow(p.in(a, s), 2) * (a * a * data * data + s * s), 1e-12, where);
            // F = (-z - skip (a x_0 + s z)) / out
            double ofClean = -p.skip(a, s) * a * data / p.out(a, s);
            double ofNoise = -(1 + p.skip(a, s) * s) / p.out(a, s);
            double expected = p.name().equals("score") ? 1 / (s * s) : 1;
            assertEquals(expected, ofClean * ofClean + ofNoise * ofNoise, 1e-9 * expected, where);
        }
    }

    /** Times that differ in digits that float32 does not have: each example is that of its own time, as alone. */
    @ParameterizedTest
    @MethodSource("sdes")
    void anExampleKeepsItsOwnTime(Sde sde) {
        double[] t = {0.3, 0.3 * (1 + 1e-9)};
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (Parametrisation p : Parametrisation.ALL) {
                NetworkScore score = new NetworkScore(network((x, time) -> x.square()), p, sde);
                Tensor x = Tensor.of(Shape.of(2, 2), 0.3, -0.7, 1.1, 0.4);
                double[] together = score.score(x, t).toDoubles();
                double[] alone = score.score(x.slice(0, 1, 2), t[1]).toDoubles();
                assertArrayEquals(alone, Arrays.copyOfRange(together, 2, 4), 1e-14 * Math.abs(alone[0]), p.name() + ", " + sde.name());
            }
        }
    }

    @Test
    void unknownNamesAreRefusedWithTheKnownOnes() {
        assertEquals(Parametrisation.NOISE, Parametrisation.named("noise", 0.5));
        InputException e = assertThrows(InputException.class, () -> Parametrisation.named("epsilon", 0.5));
        assertTrue(e.getMessage().contains("epsilon") && e.getMessage().contains("score, noise, x0, v, edm"), e.getMessage());
        assertThrows(InputException.class, () -> Parametrisation.named("edm", 0));
    }
}
