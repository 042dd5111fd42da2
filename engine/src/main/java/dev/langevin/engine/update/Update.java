package dev.langevin.engine.update;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Named;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/**
 * A change in place that is never recorded: an optimiser's step, a sampler's step. Like a fused op it contains its
 * unfused twin, which is its meaning, the fallback, and what kernels are tested against.
 */
public interface Update extends Named {
    /**
     * Checks the operands' shapes; called before any work, so that kernels need not.
     *
     * @param operands lent for the call, not to be kept
     * @throws dev.langevin.engine.ShapeException naming the update, what it takes and what came
     */
    void check(Shape... operands);

    /** New values of the first operands, as many as this update overwrites, in order. */
    Tensor[] twin(Tensor... operands);

    /** Overwrites the first operands. They must be nobody's recorded input. */
    default void apply(Tensor... operands) {
        Dispatch.apply(this, operands);
    }
}
