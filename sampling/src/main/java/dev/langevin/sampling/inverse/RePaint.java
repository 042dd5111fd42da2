package dev.langevin.sampling.inverse;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Constraint;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Step;
import dev.langevin.sampling.TimeGrid;

/**
 * RePaint (Lugmayr et al. 2022, "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", algorithm 1 and appendix on jumps):
 * the times are taken in stretches of {@code jump} steps; at the end of each the state, with what is known in it, is noised back to
 * the stretch's start by the forward process, from time t' up to t by
 * <pre>
 * x = (a / a') x' + sqrt(s^2 - (a / a')^2 s'^2) z,
 * </pre>
 * and the stretch is gone through again, {@code passes} times in all, so that the rest of the image comes to fit the known
 * part. {@code passes} times as many scores as steps. A schedule that ends at 0 is followed without its last step. With one pass it is the
 * solver itself, under the options' constraint.
 *
 * @param predictor solver of the steps down
 * @param jump steps in a stretch, at least 1; the paper uses up to 10. The last stretch may be shorter
 * @param passes at least 1; the paper uses 10
 */
public record RePaint(Predictor predictor, int jump, int passes) implements Sampler {

    public RePaint {
        if (jump < 1 || passes < 1) {
            throw new InputException("RePaint: expected jumps of at least 1 step and at least 1 pass, got " + jump + " and " + passes);
        }
    }

    @Override
    public String name() {
        return "repaint";
    }

    @Override
    public Schedule schedule() {
        return predictor.schedule();
    }

    /** The listener hears of the states at the ends of stretches. */
    @Override
    public Tensor run(ScoreFunction score, Sde sde, Tensor start, double from, SampleOptions options) {
        Schedule schedule = options.schedule() != null ? options.schedule() : schedule();
        TimeGrid grid = schedule.aboveZero().grid(sde, from, options.steps());
        int steps = grid.steps();
        int stretches = (steps + jump - 1) / jump;
        TimeGrid ends = TimeGrid.to(from, grid.time(steps), stretches, i -> grid.time(i * jump));
        Tensor known = constrained(start, sde.meanCoefficient(from), sde.std(from), 0, options);
        return GridLoop.run(score, sde, known, ends, options.withConstraint(Constraint.NONE), 0, (x, i) -> {
            for (int pass = 0; pass < passes; pass++) {
                Tensor before = x;
                int again = i * passes + pass;
                x = Scope.tidy(() -> stretch(score, sde, before, i * jump, again, grid, options));
                if (pass + 1 < passes) {
                    x = up(sde, x, ends.time(i + 1), ends.time(i), new Noise(options.seed(), options.firstImage(), again));
                }
            }
            return x;
        });
    }

    /**
     * Down from time {@code first} of the grid to the end of the stretch.
     *
     * @param again how many stretches were gone through before, passes counted
     */
    private Tensor stretch(ScoreFunction score, Sde sde, Tensor x, int first, int again, TimeGrid grid, SampleOptions options) {
        int last = Math.min(grid.steps(), first + jump);
        boolean finalPass = again % passes + 1 == passes;
        for (int k = first; k < last; k++) {
            int number = again * jump + k - first;
            Tensor before = x;
            double t = grid.time(k);
            double tNext = grid.time(k + 1);
            boolean end = finalPass && k + 1 == grid.steps();
            x = Scope.tidy(() -> {
                Step step = predictor.step(score, sde, before, t, tNext, new Noise(options.seed(), options.firstImage(), number));
                return end ? constrained(step.mean(), 1, 0, number + 1, options)
                        : constrained(step.x(), sde.meanCoefficient(tNext), sde.std(tNext), number + 1, options);
            });
        }
        return x;
    }

    private static Tensor constrained(Tensor x, double a, double s, int number, SampleOptions options) {
        return options.constraint().apply(x, a, s, new Noise(options.seed(), options.firstImage(), number).key(Purpose.KNOWN));
    }

    /** From time t' up to t. */
    private static Tensor up(Sde sde, Tensor x, double tNext, double t, Noise noise) {
        double keep = Math.exp(sde.logMeanCoefficient(t) - sde.logMeanCoefficient(tNext));
        double kept = keep * sde.std(tNext);
        double added = Math.sqrt(Math.max(0, (sde.std(t) - kept) * (sde.std(t) + kept)));
        return Step.stochastic(x, keep, x, 0, noise.key(Purpose.RESAMPLING), added).x();
    }
}
