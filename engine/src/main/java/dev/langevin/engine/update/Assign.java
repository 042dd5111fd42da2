package dev.langevin.engine.update;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * target := value, in place. What outlives the steps of a loop lives in one tensor for all of them, so that the scope
 * of each step can free everything else and memory stays flat.
 */
public record Assign() implements Update {
    @Override
    public void check(Shape... operands) {
        if (operands.length != 2 || !operands[0].equals(operands[1])) {
            throw new ShapeException(name(), "target and value of one shape", operands);
        }
    }

    /** @param operands target and value, of the same shape; the target is overwritten */
    @Override
    public Tensor[] twin(Tensor... operands) {
        return new Tensor[] {operands[1]};
    }
}
