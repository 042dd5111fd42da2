package dev.langevin.examples;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.TimeGrid;
import dev.langevin.sampling.verify.ConvergenceOrder;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.Verify;

/**
 * A solver of one's own, and how it is proved.
 *
 * <p>One learns: what a {@link Sampler} is; that for a Gaussian the probability-flow ODE has an exact end point, by which an order of
 * convergence is measured and a wrong coefficient is seen at once; how samples are held to exact moments.
 *
 * <p>Time: 5 seconds. Prerequisites: Song et al. 2021, section 4.3; multistep methods for ODEs.
 */
public final class OwnSampler {
    private OwnSampler() {
    }

    /**
     * The two-step method of Adams and Bashforth on dx/dt = v = f x - (1/2) g^2 score. With h_i = t_(i+1) - t_i and r = h_i / h_(i-1):
     * x' = x + h_i (v_i + share r (v_i - v_(i-1))). The first step has no past and is Euler's. One score a step.
     *
     * @param share of the last change of v that is carried on: 1/2, the middle of the step
     */
    record AdamsBashforth2(double share) implements Sampler {
        @Override
        public String name() {
            return "ab2";
        }

        @Override
        public int order() {
            return 2;
        }

        @Override
        public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
            TimeGrid grid = options.grid(this, sde, from);
            Tensor before = Tensor.zeros(start.shape()); // v_(i-1); GridLoop may replay a step, so what outlives one is made here
            return GridLoop.run(score, sde, start, grid, options, 0, (x, i) -> {
                double t = grid.time(i);
                double h = grid.time(i + 1) - t;
                double g = sde.diffusion(t);
                double carry = i == 0 ? 0 : share * h / (t - grid.time(i - 1));
                Tensor v = Step.deterministic(x, sde.drift(t), score.score(x, t), -0.5 * g * g).x();
                Tensor next = x.add(v.mul(h * (1 + carry))).sub(before.mul(h * carry));
                new Assign().apply(before, v);
                return next;
            });
        }
    }

    public static void main(String[] args) {
        Sde sde = new VpSde();
        Sampler right = new AdamsBashforth2(0.5);
        Sampler wrong = new AdamsBashforth2(1);

        // Distance from the exact end point of the ODE, in double precision.
        System.out.println("steps   AB2, share 1/2   share 1");
        for (int steps = 40; steps <= 640; steps *= 2) {
            System.out.printf("%5d   %14.2e   %7.1e%n", steps, ConvergenceOrder.error(right, sde, steps), ConvergenceOrder.error(wrong, sde, steps));
        }

        // Samples of three densities, in float32: a Gaussian, two correlated coordinates, a mixture.
        System.out.println("density      worst moment off by");
        double worst = 0;
        try (CpuBackend backend = new CpuBackend()) {
            for (Fixture fixture : Fixture.all()) {
                double error = Verify.error(backend, right, sde, fixture, 32);
                System.out.printf("%-10s   %.2f %%%n", fixture.name(), 100 * error);
                worst = Math.max(worst, error);
            }
        }

        Check.within("order of AB2", ConvergenceOrder.measure(right, sde, 320), 1.9, 2.1);
        Check.within("order with the wrong share", ConvergenceOrder.measure(wrong, sde, 320), 0.7, 1.2);
        Check.atMost("relative error of a moment", worst, Verify.MOMENT_TOLERANCE);
    }
}
