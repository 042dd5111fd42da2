package dev.langevin.sampling.verify;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import java.util.List;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Moments that a solver of the probability-flow ODE reaches on a schedule. Such a solver draws nothing, so the prior's points are
 * spread evenly in probability (Hammersley's), and 1024 of them are enough.
 */
public final class ScheduleMoments {
    private static final int SIDE = 32;
    private static final int FIRST = 100;

    private ScheduleMoments() {
    }

    /** F-GAUSS and F-GMM. */
    public static List<Fixture> fixtures() {
        return List.of(GaussianFixture.oneDimensional(), new MixtureFixture());
    }

    /**
     * The largest relative error of a moment, with 100 steps, or twice as many as long as that is beyond
     * {@link Verify#MOMENT_TOLERANCE}: up to 200, or 3200 for a method of order 1, which VE by Euler's method takes where its first
     * steps are long.
     */
    public static double error(Backend backend, Sampler sampler, Schedule schedule, Sde sde, Fixture fixture) {
        int most = sampler.order() == 1 ? 3200 : 200;
        double error = Double.NaN;
        for (int steps = FIRST; !(error <= Verify.MOMENT_TOLERANCE) && steps <= most; steps *= 2) {
            error = error(backend, sampler, schedule, sde, fixture, steps);
        }
        return error;
    }

    private static double error(Backend backend, Sampler sampler, Schedule schedule, Sde sde, Fixture fixture, int steps) {
        try (Scope scope = Scope.open(backend)) {
            Tensor prior = Tensor.of(fixture.shape(1, SIDE), points(SIDE * SIDE, fixture.dimensions())).mul(sde.priorStd());
            SampleOptions options = SampleOptions.of(steps, 1).withSchedule(schedule);
            return fixture.error(sampler.run(fixture.score(sde), sde, prior, sde.endTime(), options).toArray());
        }
    }

    /** (n, d) points whose coordinates are standard normal: the quantiles of (i + 1/2)/n, and of i with its bits read backwards. */
    private static double[] points(int n, int d) {
        NormalDistribution normal = new NormalDistribution(0, 1);
        double[] points = new double[n * d];
        for (int i = 0; i < n; i++) {
            points[i * d] = normal.inverseCumulativeProbability((i + 0.5) / n);
            if (d == 2) {
                points[i * d + 1] = normal.inverseCumulativeProbability((Integer.reverse(i) >>> 1) / 0x1p31 + 0.5 / n);
            }
        }
        return points;
    }
}
