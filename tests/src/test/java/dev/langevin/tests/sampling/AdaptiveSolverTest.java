package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.adaptive.AdaptiveSolver.Solution;
import dev.langevin.sampling.adaptive.AdaptiveSolver;
import dev.langevin.sampling.adaptive.ProbabilityFlow;
import dev.langevin.sampling.adaptive.Rk45;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.adaptive.VectorField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.ode.FirstOrderDifferentialEquations;
import org.apache.commons.math3.ode.nonstiff.DormandPrince54Integrator;
import org.apache.commons.math3.ode.nonstiff.DormandPrince853Integrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row S-ODE-AD: the solver that chooses its steps. End points against F-FLOW's closed form and, for F-GMM, against Commons Math's
 * integrators of other authors; the number of evaluations against its Dormand-Prince pair, which chooses steps by the rule of
 * SciPy's RK45 (0.9 e^(-1/5) of the last, between 0.2 and 10, the same norm and the same first step).
 */
class AdaptiveSolverTest {
    private static final double[] MEAN = {1, -0.5};
    private static final double[] STD = {0.5, 0.2};
    private static final double[][] STARTS = {{1.3, -0.2}, {0.7, -0.55}, {2.2, -0.1}};

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianScore gaussian(Sde sde) {
        return GaussianScore.diagonal(sde, MEAN, STD);
    }

    private static GaussianMixtureScore mixture(Sde sde) {
        return new GaussianMixtureScore(sde, new double[] {0.4, 0.6}, new double[][] {{-1.5, 1.2}, {1, -0.8}}, new double[][] {{0.3, 0.3}, {0.35, 0.3}});
    }

    private static double[] flat(double[][] points) {
        return Arrays.stream(points).flatMapToDouble(Arrays::stream).toArray();
    }

    private static Tensor points(double[][] points) {
        return Tensor.of(Shape.of(points.length, points[0].length), flat(points));
    }

    /** From noise to data and back, each coordinate within absolute + relative |x|, by every tolerance from 1e-4 on. */
    @ParameterizedTest
    @MethodSource("sdes")
    void errorIsBelowTheTolerance(Sde sde) {
        GaussianScore score = gaussian(sde);
        double eps = sde.samplingEpsilon();
        double[][] ends = Arrays.stream(STARTS).map(x -> score.flow(x, eps, sde.endTime())).toArray(double[][]::new);
        try (Backend backend = new ReferenceBackend()) {
            for (double tolerance : new double[] {1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9}) {
                try (Scope scope = Scope.open(backend)) {
                    Solution solution = new Rk45(tolerance).solve(score, sde, points(ends), sde.endTime(), eps);
                    within(tolerance, flat(STARTS), solution, sde.name() + ", tolerance " + tolerance);
                    assertTrue(solution.meanEvaluations() > 40 && solution.meanEvaluations() < 700, solution::toString);
                }
            }
        }
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            within(1e-6, flat(STARTS), new Rk45(1e-6).solve(score, sde, points(ends), sde.endTime(), eps), sde.name() + " in float32");
        }
    }

    private static void within(double tolerance, double[] exact, Solution solution, String what) {
        double[] got = solution.x().toDoubles();
        for (int i = 0; i < exact.length; i++) {
            double allowed = tolerance * (1 + Math.abs(exact[i]));
            assertEquals(exact[i], got[i], allowed, what);
        }
    }

    @ParameterizedTest
    @MethodSource("sdes")
    void thereAndBack(Sde sde) {
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Rk45 solver = new Rk45(1e-5);
            Tensor there = solver.solve(mixture(sde), sde, points(STARTS), sde.samplingEpsilon(), sde.endTime()).x();
            double[] back = solver.solve(mixture(sde), sde, there, sde.endTime(), sde.samplingEpsilon()).x().toDoubles();
            assertArrayEquals(flat(STARTS), back, 1e-3, sde.name());
        }
    }

    /** dx/du of one point, as Commons Math asks for it. */
    private static FirstOrderDifferentialEquations equations(ProbabilityFlow flow) {
        return new FirstOrderDifferentialEquations() {
            @Override
            public int getDimension() {
                return 2;
            }

            @Override
            public void computeDerivatives(double u, double[] x, double[] dx) {
                try (Scope scope = Scope.open()) {
                    System.arraycopy(flow.at(points(new double[][] {x}), new double[] {u}, new int[] {0}).toDoubles(), 0, dx, 0, 2);
                }
            }
        };
    }

    /** From noise to data: the end points by an integrator of order 8, and about as many evaluations as another's pair. */
    @ParameterizedTest
    @MethodSource("sdes")
    void agreesWithOtherIntegrators(Sde sde) {
        double[][] noise = Arrays.stream(new double[][] {{1.1, -0.3}, {-0.6, 1.9}, {0.2, 0.8}})
                .map(x -> Arrays.stream(x).map(v -> v * sde.priorStd()).toArray()).toArray(double[][]::new);
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ProbabilityFlow flow = new ProbabilityFlow(mixture(sde), sde, Shape.of(2), sde.endTime(), sde.samplingEpsilon());
            double[][] exact = new double[noise.length][2];
            for (int i = 0; i < noise.length; i++) {
                new DormandPrince853Integrator(1e-10, 10, 1e-11, 1e-11).integrate(equations(flow), flow.start(), noise[i], flow.end(), exact[i]);
            }
            for (double tolerance : new double[] {1e-5, 1e-8}) {
                Solution ours = new AdaptiveSolver(Tolerance.of(tolerance)).solve(flow, points(noise), flow.start(), flow.end(), share -> { });
                within(tolerance, flat(exact), ours, sde.name() + ", tolerance " + tolerance);
                double theirs = 0;
                for (double[] start : noise) {
                    DormandPrince54Integrator pair = new DormandPrince54Integrator(1e-10, 100, tolerance, tolerance);
                    pair.integrate(equations(flow), flow.start(), start, flow.end(), new double[2]);
                    theirs += (double) pair.getEvaluations() / noise.length;
                }
                double ratio = ours.meanEvaluations() / theirs;
                // Two step controls take the same steps on average, the more of them there are.
                double apart = tolerance > 1e-6 ? 1.25 : 1.1;
                assertTrue(ratio > 1 / apart && ratio < apart, sde.name() + ": evaluations " + ours.meanEvaluations() + " and " + theirs);
            }
        }
    }

    /**
     * Of a network, whose batch is one product: alone, and among others that take other steps, an image has the same bits and takes
     * the same evaluations; who has arrived is not evaluated any more.
     */
    @Test
    void imageDoesNotDependOnItsBatch() {
        Sde sde = Sdes.named("vp");
        double[][] starts = {{0.1, 0.1}, {40, -3}, {-1, 2}, {0.5, 0}, {3, 300}};
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            NetworkScore score = new NetworkScore(new ScoreMlp(2, 24, 1, 10, Parameters.create(5)), Parametrisation.V, sde);
            ProbabilityFlow flow = new ProbabilityFlow(score, sde, Shape.of(2), 1e-3, 1);
            List<Integer> sizes = new ArrayList<>();
            VectorField watched = (x, u, rows) -> {
                sizes.add(rows.length);
                return flow.at(x, u, rows);
            };
            AdaptiveSolver solver = new AdaptiveSolver(Tolerance.of(1e-4));
            Solution together = solver.solve(watched, points(starts), flow.end(), flow.start(), share -> { });
            assertEquals(together.calls(), sizes.size());
            assertEquals(Arrays.stream(together.evaluations()).sum(), sizes.stream().mapToInt(n -> n).sum());
            assertTrue(sizes.getLast() < starts.length, "all took the same steps: " + sizes);
            assertEquals(together.calls(), Arrays.stream(together.evaluations()).max().orElseThrow());
            for (int i = 0; i < starts.length; i++) {
                Solution alone = solver.solve(flow, points(new double[][] {starts[i]}), flow.end(), flow.start(), share -> { });
                assertArrayEquals(alone.x().toArray(), together.x().slice(0, i, i + 1).toArray(), "image " + i);
                assertEquals(alone.evaluations()[0], together.evaluations()[i]);
                assertEquals(2, alone.evaluations()[0] % 6, "two to start and six a step");
            }
        }
    }

    @Test
    void saysWhatWentWrong() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            AdaptiveSolver solver = new AdaptiveSolver(Tolerance.of(1e-6));
            Tensor start = points(new double[][] {{1}, {2}});
            VectorField wall = (x, u, rows) -> x.mul(u[0] < 0.5 ? 1 : Double.NaN);
            fails("no step is short enough", "time 0.4999999", () -> solver.solve(wall, start, 0, 1, share -> { }));
            VectorField nowhere = (x, u, rows) -> x.mul(Double.POSITIVE_INFINITY);
            fails("image 0 is not finite", "time 0.0", () -> solver.solve(nowhere, start, 0, 1, share -> { }));
            VectorField fast = (x, u, rows) -> Tensor.of(Shape.of(rows.length, 1), Arrays.stream(u).map(v -> Math.sin(1000 * v)).toArray());
            fails("evaluations of the score", "larger tolerance", () -> new AdaptiveSolver(Tolerance.of(1e-6), 500).solve(fast, start, 0, 1, share -> { }));
            Sde sde = Sdes.named("ve");
            fails("is not finite", "t = 1", () -> new Rk45(1e-6).solve((x, t) -> x.mul(Double.NaN), sde, start, 1, 1e-5));
        }
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            InputException coarse = assertThrows(InputException.class, () -> new Rk45(5e-7).solve(gaussian(Sdes.named("vp")), Sdes.named("vp"),
                    points(STARTS), 1, 1e-3));
            assertTrue(coarse.getMessage().contains("1.0E-6") && coarse.getMessage().contains("--device reference"), coarse.getMessage());
        }
        assertThrows(InputException.class, () -> Tolerance.of(0));
        assertThrows(InputException.class, () -> Tolerance.of(Double.NaN));
        assertThrows(InputException.class, () -> new AdaptiveSolver(Tolerance.of(1e-3), 7));
    }

    private static void fails(String piece, String other, Runnable solve) {
        LangevinException failure = assertThrows(LangevinException.class, solve::run);
        assertTrue(failure.getMessage().contains(piece) && failure.getMessage().contains(other), failure.getMessage());
    }

    /** Thousands of evaluations hold no more memory than the first few. */
    @Test
    void memoryIsFlat() {
        Sde sde = Sdes.named("ve");
        try (Backend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ProbabilityFlow flow = new ProbabilityFlow(mixture(sde), sde, Shape.of(2), 1e-5, 1);
            List<Long> held = new ArrayList<>();
            new AdaptiveSolver(Tolerance.of(1e-6)).solve(flow, points(STARTS), flow.start(), flow.end(), share -> held.add(backend.bytesHeld()));
            assertTrue(held.size() > 25, "steps: " + held.size());
            assertEquals(held.get(3), held.getLast(), "bytes held after four steps and after all");
        }
    }
}
