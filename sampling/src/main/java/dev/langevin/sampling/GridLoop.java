package dev.langevin.sampling;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;

/**
 * The loop of every sampler that follows a {@link TimeGrid}: a scope for each step, a backend that may record one and replay it,
 * a listener that hears of each state, and the denoiser's step where the grid ends at 0.
 *
 * <p>Nothing is recorded for gradients; a score function that needs some switches recording on for itself.
 */
public final class GridLoop {

    /** One step of a sampler. */
    @FunctionalInterface
    public interface Body {
        /**
         * @param x state at time i of the grid
         * @return state at time i + 1, in the current scope
         */
        Tensor step(Tensor x, int i);
    }

    private GridLoop() {
    }

    /**
     * @param start state at time 0 of the grid; not changed
     * @param options whose listener hears of each state, and whose constraint is put into it
     * @param warmup how many steps at the start issue other ops than those that follow; the last step may differ too
     * @return state at the end of the grid, in the current scope
     */
    public static Tensor run(ScoreFunction score, Sde sde, Tensor start, TimeGrid grid, SampleOptions options, int warmup, Body body) {
        return Autograd.noGrad(() -> {
            SampleListener listener = options.listener();
            int steps = grid.steps();
            Body constrained = (y, i) -> constrain(body.step(y, i), i + 1, sde, grid, options);
            Tensor x = constrain(start.add(0), 0, sde, grid, options);
            listener.at(0, steps, grid.time(0), x);
            try (Repeated repeated = Scope.current().backend().repeated(i -> advance(x, (int) i, constrained))) {
                for (int i = 0; i < steps; i++) {
                    boolean last = i + 1 == steps;
                    if (last && grid.endsAtZero()) {
                        advance(x, i, (y, k) -> constrain(Tweedie.denoise(score, sde, y, grid.time(k)), steps, sde, grid, options));
                    } else if (last || i < warmup) {
                        advance(x, i, constrained);
                    } else {
                        repeated.run(i);
                    }
                    listener.at(i + 1, steps, grid.time(i + 1), x);
                }
            }
            return x;
        });
    }

    /** The state at time i of the grid, with what is known in it. The state at the end is an image, so that the known part is clean. */
    private static Tensor constrain(Tensor x, int i, Sde sde, TimeGrid grid, SampleOptions options) {
        boolean end = i == grid.steps();
        RandomKey noise = new Noise(options.seed(), options.firstImage(), i).key(Purpose.KNOWN);
        return options.constraint().apply(x, end ? 1 : sde.meanCoefficient(grid.time(i)), end ? 0 : sde.std(grid.time(i)), noise);
    }

    private static void advance(Tensor x, int i, Body body) {
        try (Scope scope = Scope.open()) {
            new Assign().apply(x, body.step(x, i));
        }
    }
}
