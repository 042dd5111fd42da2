package dev.langevin.sampling;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
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
     * @param warmup how many steps at the start issue other ops than those that follow; the last step may differ too
     * @return state at the end of the grid, in the current scope
     */
    public static Tensor run(ScoreFunction score, Sde sde, Tensor start, TimeGrid grid, SampleListener listener, int warmup, Body body) {
        return Autograd.noGrad(() -> {
            Tensor x = start.add(0);
            int steps = grid.steps();
            listener.at(0, steps, grid.time(0), x);
            try (Repeated repeated = Scope.current().backend().repeated(i -> advance(x, (int) i, body))) {
                for (int i = 0; i < steps; i++) {
                    boolean last = i + 1 == steps;
                    if (last && grid.endsAtZero()) {
                        advance(x, i, (y, k) -> Tweedie.denoise(score, sde, y, grid.time(k)));
                    } else if (last || i < warmup) {
                        advance(x, i, body);
                    } else {
                        repeated.run(i);
                    }
                    listener.at(i + 1, steps, grid.time(i + 1), x);
                }
            }
            return x;
        });
    }

    private static void advance(Tensor x, int i, Body body) {
        try (Scope scope = Scope.open()) {
            new Assign().apply(x, body.step(x, i));
        }
    }
}
