package dev.langevin.sampling.verify;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.metrics.Gaussian;

/**
 * The order with which an ODE sampler converges to F-FLOW: for a Gaussian with mean 1 and standard deviation 0.5 the
 * end point of the probability-flow ODE is known in closed form, and in double precision nothing but the solver's own
 * error is left.
 */
public final class ConvergenceOrder {
    private static final double MEAN = 1;
    private static final double STD = 0.5;

    private ConvergenceOrder() {
    }

    /** log2 of the ratio of the errors with {@code steps} and with 2 {@code steps} steps. */
    public static double measure(Sampler sampler, Sde sde, int steps) {
        return Math.log(error(sampler, sde, steps) / error(sampler, sde, 2 * steps)) / Math.log(2);
    }

    /** {@link #error(Sampler, Sde, Schedule, int)} on the sampler's own schedule. */
    public static double error(Sampler sampler, Sde sde, int steps) {
        return error(sampler, sde, sampler.schedule(), steps);
    }

    /**
     * Root mean square distance, over five trajectories, of the end points from the exact ones. A schedule's step to 0 is left
     * out: it leads to the denoised image, which is not where the ODE ends.
     */
    public static double error(Sampler sampler, Sde sde, Schedule schedule, int steps) {
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {MEAN}, new double[] {STD});
        double[] ends = new double[5];
        double[] starts = new double[5];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = MEAN + (i - 2) * STD;
            starts[i] = score.flow(new double[] {ends[i]}, sde.samplingEpsilon(), sde.endTime())[0];
        }
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor start = Tensor.of(Shape.of(ends.length, 1), starts);
            SampleOptions options = SampleOptions.of(steps, 0).withSchedule(schedule.aboveZero());
            double[] got = sampler.run(score, sde, start, sde.endTime(), options).toDoubles();
            double sum = 0;
            for (int i = 0; i < got.length; i++) {
                sum += (got[i] - ends[i]) * (got[i] - ends[i]) / got.length;
            }
            return Math.sqrt(sum);
        }
    }
}
