package dev.langevin.tests.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.EnergyNetwork;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.Asymmetry;
import dev.langevin.model.score.EmpiricalScore;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.commons.math3.analysis.MultivariateFunction;
import org.apache.commons.math3.optim.InitialGuess;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.nonlinear.scalar.ObjectiveFunction;
import org.apache.commons.math3.optim.nonlinear.scalar.noderiv.NelderMeadSimplex;
import org.apache.commons.math3.optim.nonlinear.scalar.noderiv.SimplexOptimizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows M-STEIN (E[score h + grad h] = 0 within 4 standard errors for several h) and M-SCORE-INV (a score is 0 at a mode, and its
 * Jacobian is symmetric; how far a network's is from it).
 */
class ScoreIdentitiesTest {
    private static final int DRAWS = 20_000;
    private static final double[] WEIGHTS = {0.4, 0.6};
    private static final double[][] MEANS = {{-1.5, 1.2}, {1, -0.8}};
    private static final double[][] STDS = {{0.3, 0.5}, {0.8, 0.2}};
    private static final double[][] POINTS = {{0.3, -1}, {1.1, 0.4}, {-0.7, 0.8}, {1.2, 0.5}};

    /** A density of the plane: its score, its logarithm, and draws x(0) of it. */
    private record Density(String name, ScoreFunction score, LogDensity logDensity, Draw draw) {
        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    private interface LogDensity {
        double at(double[] x, double t);
    }

    @FunctionalInterface
    private interface Draw {
        double[] next(SplittableRandom random);
    }

    /** A function of the plane with its gradient, both as written. */
    private record Probe(String name, MultivariateFunction h, MultivariateFunction dx, MultivariateFunction dy) {
    }

    private static final List<Probe> PROBES = List.of(
            new Probe("1", x -> 1, x -> 0, x -> 0),
            new Probe("x", x -> x[0], x -> 1, x -> 0),
            new Probe("x y", x -> x[0] * x[1], x -> x[1], x -> x[0]),
            new Probe("x^2 - y^2", x -> x[0] * x[0] - x[1] * x[1], x -> 2 * x[0], x -> -2 * x[1]),
            new Probe("sin(2x + y)", x -> Math.sin(2 * x[0] + x[1]), x -> 2 * Math.cos(2 * x[0] + x[1]), x -> Math.cos(2 * x[0] + x[1])),
            new Probe("tanh(x - y)", x -> Math.tanh(x[0] - x[1]), x -> 1 - Math.pow(Math.tanh(x[0] - x[1]), 2),
                    x -> Math.pow(Math.tanh(x[0] - x[1]), 2) - 1),
            new Probe("exp(-|x|^2)", x -> Math.exp(-norm2(x)), x -> -2 * x[0] * Math.exp(-norm2(x)), x -> -2 * x[1] * Math.exp(-norm2(x))));

    private static double norm2(double[] x) {
        return x[0] * x[0] + x[1] * x[1];
    }

    static Stream<Arguments> cases() {
        return Sdes.all().stream().flatMap(sde -> densities(sde).stream().map(density -> Arguments.of(sde, density)));
    }

    private static List<Density> densities(Sde sde) {
        GaussianScore gaussian = new GaussianScore(sde, new double[] {1, -0.5}, new double[][] {{0.25, 0.08}, {0.08, 0.16}});
        GaussianMixtureScore mixture = new GaussianMixtureScore(sde, WEIGHTS, MEANS, STDS);
        EmpiricalScore points = new EmpiricalScore(sde, POINTS);
        return List.of(new Density("correlated Gaussian", gaussian, gaussian::logDensity, random -> {
            double z = random.nextGaussian();
            return new double[] {1 + 0.5 * z, -0.5 + 0.16 * z + Math.sqrt(0.16 - 0.16 * 0.16) * random.nextGaussian()};
        }), new Density("mixture", mixture, mixture::logDensity, random -> {
            int k = random.nextDouble() < WEIGHTS[0] ? 0 : 1;
            return new double[] {MEANS[k][0] + STDS[k][0] * random.nextGaussian(), MEANS[k][1] + STDS[k][1] * random.nextGaussian()};
        }), new Density("four points", points, points::logDensity, random -> POINTS[random.nextInt(4)]));
    }

    /** Both components, each h; and a score that is a fifth too small is found out. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void stein(Sde sde, Density density) {
        try (Backend backend = new ReferenceBackend()) {
            for (double sigma : new double[] {0.3, 1.5}) {
                double t = sde.time(sigma);
                double[] x = draws(sde, density, t);
                double[] s = score(backend, density, x, t);
                for (Probe probe : PROBES) {
                    for (int j = 0; j < 2; j++) {
                        double z = steinZ(probe, x, s, j, 1);
                        assertTrue(Math.abs(z) <= 4, density + ", " + sde.name() + ", h = " + probe.name + ", sigma = " + sigma + ": " + z + " SE");
                    }
                }
                double wrong = steinZ(PROBES.get(1), x, s, 0, 0.8);
                assertTrue(Math.abs(wrong) > 4, density + ", " + sde.name() + ": 0.8 score, " + wrong + " SE");
            }
        }
    }

    /** The mean of score_j h + dh/dx_j over its standard error; 0 where every term is 0. */
    private static double steinZ(Probe probe, double[] x, double[] score, int j, double factor) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            double[] point = {x[2 * i], x[2 * i + 1]};
            double slope = (j == 0 ? probe.dx : probe.dy).value(point);
            double term = factor * score[2 * i + j] * probe.h.value(point) + slope;
            sum += term / DRAWS;
            squares += term * term / DRAWS;
        }
        return sum / Math.sqrt((squares - sum * sum) / DRAWS);
    }

    private static double[] draws(Sde sde, Density density, double t) {
        SplittableRandom random = new SplittableRandom(5);
        double[] x = new double[2 * DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            double[] x0 = density.draw.next(random);
            for (int j = 0; j < 2; j++) {
                x[2 * i + j] = sde.meanCoefficient(t) * x0[j] + sde.std(t) * random.nextGaussian();
            }
        }
        return x;
    }

    private static double[] score(Backend backend, Density density, double[] x, double t) {
        try (Scope scope = Scope.open(backend)) {
            return density.score.score(Tensor.of(Shape.of(x.length / 2, 2), x), t).toDoubles();
        }
    }

    /** At the maximum of c p, found by a search that knows no derivative, the score is 0: to 1e-5 of its size, 1/s. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void vanishesAtAMode(Sde sde, Density density) {
        try (Backend backend = new ReferenceBackend()) {
            for (double sigma : new double[] {0.1, 0.5}) {
                double t = sde.time(sigma);
                double a = sde.meanCoefficient(t);
                double width = Math.hypot(0.3 * a, sde.std(t));
                for (double[] start : new double[][] {{-1.4, 1}, {0.9, -0.5}}) {
                    double[] mode = new SimplexOptimizer(-1, 1e-14).optimize(new MaxEval(20_000),
                            new ObjectiveFunction(x -> Math.log(7) + density.logDensity.at(x, t)), GoalType.MAXIMIZE,
                            new InitialGuess(new double[] {a * start[0], a * start[1]}), new NelderMeadSimplex(2, 0.1 * width)).getPoint();
                    for (double v : score(backend, density, mode, t)) {
                        assertEquals(0, v, 1e-5 / sde.std(t), density + ", " + sde.name() + ", sigma = " + sigma);
                    }
                }
            }
        }
    }

    /** The Jacobian of an exact score is symmetric to rounding, by automatic differentiation. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void isCurlFree(Sde sde, Density density) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            for (double sigma : new double[] {0.1, 0.5, 3}) {
                double t = sde.time(sigma);
                double[] x = Arrays.copyOf(draws(sde, density, t), 40);
                for (double asymmetry : Asymmetry.of(density.score, Tensor.of(Shape.of(20, 2), x), t)) {
                    assertTrue(asymmetry < 1e-8, density + ", " + sde.name() + ": " + asymmetry);
                }
            }
        }
    }

    /** The measure itself: of J = ((1, 2), (0, 1)) it is sqrt(8) / (2 sqrt(6)), of a rotation 1. */
    @Test
    void measuresTheAsymmetryOfAMatrix() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.of(Shape.of(2, 2), 0.3, -0.2, 1.4, 0.9);
            Tensor shear = Tensor.of(Shape.of(2, 2), 1, 2, 0, 1);
            Tensor rotation = Tensor.of(Shape.of(2, 2), 0, -1, 1, 0);
            for (double v : Asymmetry.of((y, t) -> y.linear(shear, null), x, 0.5)) {
                assertEquals(Math.sqrt(8) / (2 * Math.sqrt(6)), v, 1e-14);
            }
            for (double v : Asymmetry.of((y, t) -> y.linear(rotation, null), x, 0.5)) {
                assertEquals(1, v, 1e-14);
            }
        }
    }

    /** A network's score rotates (by 0.1 to 0.9 of its Jacobian, untrained); the gradient of an energy does not. */
    @Test
    void aNetworkIsNotAGradientUnlessBuiltSo() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Sde sde = new VpSde();
            Tensor x = Tensor.of(Shape.of(3, 3), 0.3, -0.2, 1.4, 0.9, -1, 0.1, 0.5, 0.7, -0.4);
            ScoreNetwork mlp = new ScoreMlp(3, 12, 2, 10, Parameters.create(2));
            for (double v : Asymmetry.of(new NetworkScore(mlp, Parametrisation.NOISE, sde), x, 0.5)) {
                assertTrue(v > 0.1 && v < 0.9, "asymmetry of a network " + v);
            }
            for (double v : Asymmetry.of(new NetworkScore(new EnergyNetwork(mlp), Parametrisation.NOISE, sde), x, 0.5)) {
                assertTrue(v < 1e-12, "asymmetry of the gradient of an energy " + v);
            }
        }
    }
}
