package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.DdpmChain;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row M-DDPM: the chain's closed forms are the products of its steps, and it becomes its SDE as its steps grow in number. */
class DdpmChainTest {
    static List<Sde> sdes() {
        return Sdes.all();
    }

    /** Of the chain with the SDE's marginals, to 1e-12; steps by themselves take x_0's mean and variance there. */
    @ParameterizedTest
    @MethodSource("sdes")
    void productOfStepsIsTheClosedForm(Sde sde) {
        DdpmChain chain = DdpmChain.of(sde, 100);
        double mean = 1;
        double variance = 0;
        for (int i = 1; i <= 100; i++) {
            assertTrue(chain.alpha(i) > 0 && chain.alpha(i) <= 1 && chain.stepVariance(i) > 0, sde.name());
            mean *= Math.sqrt(chain.alpha(i));
            variance = chain.alpha(i) * variance + chain.stepVariance(i);
            double t = i / 100.0;
            assertEquals(t, chain.time(i), 1e-15);
            assertEquals(sde.meanCoefficient(t), chain.meanCoefficient(i), 1e-12 * chain.meanCoefficient(i));
            assertEquals(mean, chain.meanCoefficient(i), 1e-12 * mean);
            assertEquals(sde.std(t), chain.std(i), 1e-12 * sde.std(t));
            assertEquals(variance, chain.std(i) * chain.std(i), 1e-12 * variance);
        }
    }

    /** DDPM's: beta_i = beta(t_i) / N, alpha-bar their product; its distance to the VP SDE halves when N doubles. */
    @Test
    void ddpmBecomesTheVpSde() {
        double alphaBar = 1;
        DdpmChain ddpm = DdpmChain.discretised(new VpSde(), 1000);
        for (int i = 1; i <= 1000; i++) {
            double beta = (0.1 + 19.9 * i / 1000) / 1000;
            alphaBar *= 1 - beta;
            assertEquals(beta, ddpm.stepVariance(i), 1e-15);
            assertEquals(Math.sqrt(alphaBar), ddpm.meanCoefficient(i), 1e-12);
            assertEquals(Math.sqrt(1 - alphaBar), ddpm.std(i), 1e-12);
        }
        assertArrayEquals(new double[] {1, 0}, new double[] {ddpm.meanCoefficient(0), ddpm.std(0)});
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void distanceToTheSdeHalvesWithTwiceTheSteps(Sde sde) {
        IntFunction<Double> distance = n -> {
            DdpmChain chain = DdpmChain.discretised(sde, n);
            double largest = 0;
            for (int i = 1; i <= n; i++) {
                double t = chain.time(i);
                largest = Math.max(largest, Math.abs(chain.meanCoefficient(i) - sde.meanCoefficient(t)));
                largest = Math.max(largest, Math.abs(chain.std(i) - sde.std(t)));
            }
            return largest;
        };
        if (sde.name().equals("ve")) {
            assertEquals(0, distance.apply(100), 1e-10, "VE's steps are exact");
            return;
        }
        for (int n : new int[] {200, 400, 800}) {
            double ratio = distance.apply(n) / distance.apply(2 * n);
            assertEquals(2, ratio, 0.1, sde.name() + " with " + n + " steps");
        }
    }

    /**
     * The posterior is Bayes' rule, q(x_(i-1) | x_0) q(x_i | x_(i-1)) in x_(i-1), precisions adding up; and the mean by the exact
     * score is the posterior's at the denoised image.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void posteriorIsBayesRule(Sde sde) {
        DdpmChain chain = DdpmChain.of(sde, 50);
        GaussianScore exact = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double x0 = 0.7;
            for (int i = 2; i <= 50; i++) {
                double x = chain.meanCoefficient(i) * x0 + 0.3 * chain.std(i);
                double prior = Math.pow(chain.std(i - 1), -2);
                double likelihood = chain.alpha(i) / chain.stepVariance(i);
                double variance = 1 / (prior + likelihood);
                double mean = variance * (prior * chain.meanCoefficient(i - 1) * x0 + likelihood * x / Math.sqrt(chain.alpha(i)));
                Tensor xi = Tensor.full(Shape.of(1, 1), x);
                assertEquals(variance, chain.posteriorVariance(i), 1e-10 * variance);
                double got = chain.cleanShare(i) * x0 + chain.noisyShare(i) * x;
                assertEquals(mean, got, 1e-10 * (1 + Math.abs(mean)));
                double byScore = (x + chain.stepVariance(i) * exact.score(xi, chain.time(i)).item()) / Math.sqrt(chain.alpha(i));
                double denoised = chain.cleanShare(i) * Tweedie.denoise(exact, sde, xi, chain.time(i)).item() + chain.noisyShare(i) * x;
                assertEquals(denoised, byScore, 1e-9 * (1 + Math.abs(denoised)), sde.name() + " step " + i);
            }
            assertEquals(0, chain.posteriorVariance(1));
            assertArrayEquals(new double[] {1, 0}, new double[] {chain.cleanShare(1), chain.noisyShare(1)}, 1e-15);
        }
    }

    @Test
    void refusesWhatIsNoChain() {
        assertTrue(assertThrows(InputException.class, () -> DdpmChain.of(new VpSde(), 1)).getMessage().contains("at least 2"));
        assertThrows(InputException.class, () -> DdpmChain.discretised(new VpSde(), -3));
    }
}
