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
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import java.util.List;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row M-EQUIV: the exact score, written as what a network of each parametrisation would give, comes back, for every SDE. */
class ParametrisationTest {
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

    @ParameterizedTest
    @MethodSource("sdes")
    void scoreAndNoiseAreOneAnother(Sde sde) {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            GaussianScore exact = GaussianScore.diagonal(sde, new double[] {1, -0.5}, new double[] {0.5, 2});
            for (double t : new double[] {1e-3, 0.1, 0.5, 1}) {
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                Tensor x = Tensor.normal(Shape.of(7, 2), new RandomKey(1, 1, 0, 0)).mul(s).add(a);
                double[] score = exact.score(x, t).toDoubles();
                for (Parametrisation p : Parametrisation.ALL) {
                    double scale = p.name().equals("score") ? 1 : -s;
                    NetworkScore network = new NetworkScore(network((in, time) -> {
                        assertArrayEquals(x.mul(1 / Math.sqrt(a * a + s * s)).toDoubles(), in.toDoubles(), 1e-12, "the network's input");
                        assertEquals(t, time.toDoubles()[3], 1e-12, "the network's time");
                        return exact.score(in.mul(Math.sqrt(a * a + s * s)), t).mul(scale);
                    }), p, sde);
                    double[] got = network.score(x, t).toDoubles();
                    for (int i = 0; i < got.length; i++) {
                        assertEquals(score[i], got[i], 1e-6 * Math.abs(score[i]) + 1e-12, sde.name() + " " + p.name() + " at " + t);
                    }
                    double[] times = {t, t, t, t, t, t, t};
                    double[] noise = network.timesStd(x, times, null).toDoubles();
                    for (int i = 0; i < got.length; i++) {
                        assertEquals(s * score[i], noise[i], 1e-6 * Math.abs(s * score[i]) + 1e-12);
                    }
                }
            }
        }
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
                    assertArrayEquals(one, java.util.Arrays.copyOfRange(together, 9 * i, 9 * i + 9), 1e-12);
                }
            }
        }
    }

    /** Data of unit variance stay of unit variance on their way into the network. */
    @Test
    void inputsHaveUnitVariance() {
        for (Sde sde : Sdes.all()) {
            for (double t : new double[] {1e-5, 0.3, 1}) {
                double a = sde.meanCoefficient(t);
                double s = sde.std(t);
                for (Parametrisation p : Parametrisation.ALL) {
                    assertEquals(1, Math.pow(p.in(a, s), 2) * (a * a + s * s), 1e-12);
                }
            }
        }
    }

    @Test
    void unknownNamesAreRefusedWithTheKnownOnes() {
        assertEquals(Parametrisation.NOISE, Parametrisation.named("noise"));
        InputException e = assertThrows(InputException.class, () -> Parametrisation.named("epsilon"));
        assertTrue(e.getMessage().contains("epsilon") && e.getMessage().contains("score, noise"), e.getMessage());
    }
}
