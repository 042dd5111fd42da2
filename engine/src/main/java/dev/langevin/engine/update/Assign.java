package dev.langevin.engine.update;

import dev.langevin.engine.Tensor;

/**
 * target := value, in place. What outlives the steps of a loop lives in one tensor for all of them, so that the scope
 * of each step can free everything else and memory stays flat.
 */
public record Assign() implements Update {

    /** @param operands target and value, of the same shape; the target is overwritten */
    @Override
    public Tensor[] twin(Tensor... operands) {
        return new Tensor[] {operands[1]};
    }
}
