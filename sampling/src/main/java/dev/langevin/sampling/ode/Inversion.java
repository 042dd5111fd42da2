package dev.langevin.sampling.ode;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.GridLoop;
import dev.langevin.sampling.Noise;
import dev.langevin.sampling.Predictor;
import dev.langevin.sampling.SampleListener;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.TimeGrid;

/**
 * Images to noise and back along the probability-flow ODE, which has the same paths in both directions: the noise from which a
 * deterministic solver would make given images (DDIM inversion with {@link Ddim} of eta 0; Song, Meng &amp; Ermon 2021,
 * section 4.3). The solver's steps are taken upwards on the times that it would visit downwards. Both ways have an error of the
 * solver's order, and the error of the round trip falls with it.
 *
 * <p>An image counts as x(samplingEpsilon), whose noise is too little to be seen; a schedule that ends at 0 is followed without
 * its last step, which cannot be undone.
 *
 * @param solver a method of the ODE, whose order is above 0
 */
public record Inversion(Predictor solver) {

    /** @throws InputException for a solver that draws noise */
    public Inversion {
        if (solver.order() == 0) {
            throw new InputException("inversion by '" + solver.name() + "': it draws noise, so its steps cannot be undone; choose a method of the ODE, such as ddim with eta 0");
        }
    }

    /** DDIM with eta 0. */
    public static Inversion ddim() {
        return new Inversion(new Ddim(0));
    }

    /**
     * @param x (N, ...): images; not changed
     * @param to in (samplingEpsilon, T]: how far up
     * @param options steps, schedule (the solver's own for null) and listener
     * @return x(to), shape of x, in the current scope
     */
    public Tensor encode(ScoreFunction score, Sde sde, Tensor x, double to, SampleOptions options) {
        TimeGrid grid = grid(sde, to, options);
        int n = grid.steps();
        Noise none = new Noise(options.seed(), options.firstImage(), 0);
        SampleListener upwards = (step, steps, t, y) -> options.listener().at(step, steps, grid.time(n - step), y);
        return GridLoop.run(score, sde, x, grid, options.withListener(upwards), 0, (y, i) -> solver.step(score, sde, y, grid.time(n - i), grid.time(n - i - 1), none).x());
    }

    /**
     * What {@link #encode} came from, up to the solver's error.
     *
     * @param x (N, ...): images at time {@code from}; not changed
     * @return images at samplingEpsilon, shape of x, in the current scope
     */
    public Tensor decode(ScoreFunction score, Sde sde, Tensor x, double from, SampleOptions options) {
        TimeGrid grid = grid(sde, from, options);
        Noise none = new Noise(options.seed(), options.firstImage(), 0);
        return GridLoop.run(score, sde, x, grid, options, 0, (y, i) -> solver.step(score, sde, y, grid.time(i), grid.time(i + 1), none).x());
    }

    private TimeGrid grid(Sde sde, double to, SampleOptions options) {
        options.refuseConstraint("inversion");
        Schedule schedule = options.schedule() != null ? options.schedule() : solver.schedule();
        return schedule.aboveZero().grid(sde, to, options.steps());
    }
}
