package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.TimeGrid;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.sampling.stochastic.EulerMaruyama;
import dev.langevin.sampling.stochastic.ReverseDiffusion;
import dev.langevin.sampling.stochastic.StochasticHeun;
import dev.langevin.sampling.stochastic.StochasticRk4;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-SRK: weak orders, measured without sampling. For data N(1, 0.49) a predictor's step is x' = A x + B + C z with noise of one or two
 * normals; A, B and C are read off the step itself, and carry mean and variance exactly. From the exact moments at T, those at the end differ
 * from the exact ones by the method's error alone. One of a noise without its trapezoid, g(t) sqrt(h) z, has order 1 in the variance.
 */
class StochasticRungeKuttaTest {
    private static final int STEPS = 200;

    static Stream<Arguments> cases() {
        // Predictor, order of the mean, order of the variance.
        List<Object[]> predictors = List.of(new Object[] {new EulerMaruyama(), 1, 1}, new Object[] {new ReverseDiffusion(), 1, 1},
                new Object[] {new Ancestral(Ancestral.Variance.POSTERIOR), 1, 1}, new Object[] {new Ancestral(Ancestral.Variance.UPPER), 1, 1},
                new Object[] {new StochasticHeun(), 2, 2}, new Object[] {new StochasticRk4(), 4, 2});
        return Sdes.all().stream().flatMap(sde -> predictors.stream().map(p -> Arguments.of(sde, p[0], p[1], p[2])));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void hasItsWeakOrder(Sde sde, Predictor predictor, int ofMean, int ofVariance) {
        double[] coarse = errors(sde, predictor, STEPS);
        double[] fine = errors(sde, predictor, 2 * STEPS);
        hasOrder(ofMean, coarse[0], fine[0], sde.name() + ", " + predictor.name() + ": mean");
        hasOrder(ofVariance, coarse[1], fine[1], sde.name() + ", " + predictor.name() + ": variance");
    }

    /** At least: Euler-Maruyama's variance has order 2 on VE, and an ancestral step has no error in the mean at all. */
    private static void hasOrder(int nominal, double coarse, double fine, String what) {
        double order = Math.log(coarse / fine) / Math.log(2);
        assertTrue(order > nominal - 0.15 || coarse < 1e-12, what + ": order " + order + ", errors " + coarse + " and " + fine);
    }

    /**
     * |mean - exact| and |variance - exact| at the end. The start's mean is a deviation sqrt(v_T) off, so that the reverse SDE has a
     * mean to bring home: of it, (a_T v / (a v_T)) is left.
     */
    private static double[] errors(Sde sde, Predictor predictor, int steps) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.7});
        double end = sde.samplingEpsilon();
        TimeGrid grid = TimeGrid.uniform(sde.endTime(), end, steps);
        double variance = score.covariance(sde.endTime())[0][0];
        double exactVariance = score.covariance(end)[0][0];
        double mean = score.mean(sde.endTime())[0] + Math.sqrt(variance);
        double left = sde.meanCoefficient(sde.endTime()) / sde.meanCoefficient(end) * exactVariance / variance;
        double exactMean = score.mean(end)[0] + left * Math.sqrt(variance);
        Shape shape = Shape.of(1, 2, 1);
        for (int i = 0; i < steps; i++) {
            try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
                Noise noise = new Noise(1, 0, i);
                Step atZero = predictor.step(score, sde, Tensor.zeros(shape), grid.time(i), grid.time(i + 1), noise);
                Step atOne = predictor.step(score, sde, Tensor.full(shape, 1), grid.time(i), grid.time(i + 1), noise);
                double b = atZero.mean().toDoubles()[0];
                double a = atOne.mean().toDoubles()[0] - b;
                double[] x = atZero.x().toDoubles();
                mean = a * mean + b;
                variance = a * a * variance + noiseVariance(predictor, noise, shape, x[0] - b, x[1] - b);
            }
        }
        return new double[] {Math.abs(mean - exactMean), Math.abs(variance - exactVariance)};
    }

    /** The variance of the noise that put {@code first} and {@code second} into two elements. */
    private static double noiseVariance(Predictor predictor, Noise noise, Shape shape, double first, double second) {
        if (!(predictor instanceof StochasticRk4)) {
            return Math.pow(first / noise.normal(Purpose.PREDICTOR, shape).toDoubles()[0], 2);
        }
        double[] u = noise.round(0, 2).normal(Purpose.PREDICTOR, shape).toDoubles();
        double[] v = noise.round(1, 2).normal(Purpose.PREDICTOR, shape).toDoubles();
        double determinant = u[0] * v[1] - u[1] * v[0];
        return Math.pow((first * v[1] - second * v[0]) / determinant, 2) + Math.pow((second * u[0] - first * u[1]) / determinant, 2);
    }
}
