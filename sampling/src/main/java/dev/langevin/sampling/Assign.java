package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.Update;

/**
 * state := value, in place. The state of a sampler's loop lives in one tensor for all steps, so that the scope of each
 * step can free everything else and memory stays flat.
 */
record Assign() implements Update {

    /** @param operands state and value, of the same shape; the state is overwritten */
    @Override
    public Tensor[] twin(Tensor... operands) {
        return new Tensor[] {operands[1]};
    }
}
