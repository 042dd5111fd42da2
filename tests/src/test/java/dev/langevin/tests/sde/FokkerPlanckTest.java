package dev.langevin.tests.sde;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.sde.FokkerPlanck;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row M-FP: from a mixture of two Gaussians, the density that the Fokker-Planck equation gives is the closed form, and the histogram of
 * paths of the SDE, for each process. L1 distances of densities go from 0 to 2.
 */
class FokkerPlanckTest {
    private static final double[] WEIGHTS = {0.3, 0.7};
    private static final double[] MEANS = {-1.2, 0.9};
    private static final double[] STDS = {0.25, 0.4};
    private static final int PATHS = 200_000;
    private static final int PATH_STEPS = 120;
    private static final int BINS = 30;

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianMixtureScore mixture(Sde sde) {
        return GaussianMixtureScore.isotropic(sde, WEIGHTS, new double[][] {{MEANS[0]}, {MEANS[1]}}, STDS);
    }

    private static FokkerPlanck grid(Sde sde) {
        return sde.priorStd() > 1 ? new FokkerPlanck(sde, 260, 6500) : new FokkerPlanck(sde, 6, 600);
    }

    private static double[] exact(FokkerPlanck grid, Sde sde, double t) {
        GaussianMixtureScore mixture = mixture(sde);
        return grid.onGrid(x -> Math.exp(mixture.logDensity(new double[] {x}, t)));
    }

    private static double distance(FokkerPlanck grid, double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += Math.abs(p[i] - q[i]) * grid.width();
        }
        return sum;
    }

    /** L1 below 0.005, while the modes are apart, when they have merged, and at the prior. */
    @ParameterizedTest
    @MethodSource("sdes")
    void isTheClosedForm(Sde sde) {
        FokkerPlanck grid = grid(sde);
        double[] p = exact(grid, sde, 0);
        double from = 0;
        for (double t : new double[] {0.1, 0.3, 0.6, 1}) {
            p = grid.solve(p, from, t, (int) Math.round(1000 * (t - from)));
            double distance = distance(grid, p, exact(grid, sde, t));
            assertTrue(distance < 0.005, sde.name() + " at " + t + ": " + distance);
            from = t;
        }
    }

    /** L1 below 0.02 with 200,000 paths in 30 bins, whose noise alone is 0.01 in the mean. */
    @ParameterizedTest
    @MethodSource("sdes")
    void isTheHistogramOfPaths(Sde sde) {
        double t = sde.time(0.8);
        FokkerPlanck grid = grid(sde);
        double[] p = grid.solve(exact(grid, sde, 0), 0, t, 400);
        double from = -3.6;
        double bin = 7.2 / BINS;
        double[] expected = new double[BINS];
        int parts = 20;
        for (int i = 0; i < p.length; i++) {
            for (int part = 0; part < parts; part++) {
                double x = grid.center(i) + ((part + 0.5) / parts - 0.5) * grid.width();
                if (x > from && x < from + BINS * bin) {
                    expected[(int) ((x - from) / bin)] += p[i] * grid.width() / parts;
                }
            }
        }
        double[] counted = new double[BINS];
        double outside = 0;
        for (double x : paths(sde, t)) {
            int i = (int) Math.floor((x - from) / bin);
            if (i >= 0 && i < BINS) {
                counted[i] += 1.0 / PATHS;
            } else {
                outside += 1.0 / PATHS;
            }
        }
        double distance = outside + 1 - Arrays.stream(expected).sum();
        for (int i = 0; i < BINS; i++) {
            distance += Math.abs(expected[i] - counted[i]);
        }
        assertTrue(distance < 0.02, sde.name() + ": " + distance);
        assertTrue(outside < 0.005, sde.name() + ": the bins miss " + outside);
    }

    /** Symmetric splitting at the middle of each step, from draws of p_0. */
    private static double[] paths(Sde sde, double end) {
        SplittableRandom random = new SplittableRandom(11);
        double[] x = new double[PATHS];
        for (int i = 0; i < PATHS; i++) {
            int k = random.nextDouble() < WEIGHTS[0] ? 0 : 1;
            x[i] = MEANS[k] + Math.hypot(STDS[k], sde.std(0)) * random.nextGaussian();
        }
        double dt = end / PATH_STEPS;
        for (int step = 0; step < PATH_STEPS; step++) {
            double t = (step + 0.5) * dt;
            double half = Math.exp(0.5 * sde.drift(t) * dt);
            double noise = sde.diffusion(t) * Math.sqrt(dt);
            for (int i = 0; i < PATHS; i++) {
                x[i] = half * (half * x[i] + noise * random.nextGaussian());
            }
        }
        return x;
    }

    /** Twice the steps, half the error; half the cells' width, a quarter of it. */
    @Test
    void isOfFirstOrderInTimeAndSecondInSpace() {
        Sde sde = new VpSde();
        FokkerPlanck grid = new FokkerPlanck(sde, 6, 1500);
        double[] errors = new double[2];
        for (int i = 0; i < 2; i++) {
            errors[i] = distance(grid, grid.solve(exact(grid, sde, 0), 0, 0.4, 40 << i), exact(grid, sde, 0.4));
        }
        assertEquals(2, errors[0] / errors[1], 0.15);
        for (int i = 0; i < 2; i++) {
            FokkerPlanck coarse = new FokkerPlanck(sde, 6, 40 << i);
            errors[i] = distance(coarse, coarse.solve(exact(coarse, sde, 0), 0, 0.2, 8000), exact(coarse, sde, 0.2));
        }
        assertEquals(4, errors[0] / errors[1], 0.6);
    }

    /** From a box, with ten long steps. */
    @ParameterizedTest
    @MethodSource("sdes")
    void keepsMassAndSign(Sde sde) {
        FokkerPlanck grid = grid(sde);
        double[] box = grid.onGrid(x -> Math.abs(x) < 1 ? 0.5 : 0);
        double[] p = grid.solve(box, 0, 1, 10);
        double mass = Arrays.stream(box).sum();
        assertEquals(mass, Arrays.stream(p).sum(), 1e-11 * mass);
        assertTrue(Arrays.stream(p).allMatch(v -> v >= 0));
    }

    @Test
    void refusesWhatItCannotBe() {
        Sde sde = new VpSde();
        assertThrows(InputException.class, () -> new FokkerPlanck(sde, 0, 10));
        assertThrows(InputException.class, () -> new FokkerPlanck(sde, 1, 1));
        FokkerPlanck grid = new FokkerPlanck(sde, 1, 10);
        assertThrows(InputException.class, () -> grid.solve(new double[9], 0, 1, 10));
        assertThrows(InputException.class, () -> grid.solve(new double[10], 1, 1, 10));
        assertThrows(InputException.class, () -> grid.solve(new double[10], 0, 1, 0));
    }
}
