package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * Inverted dropout (Srivastava et al. 2014): an element becomes 0 with probability {@code rate}, else x / (1 - rate).
 * Which ones is a pure function of the key; axis 0 counts images.
 */
public record Dropout(double rate, RandomKey key) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].rank() < 1 || !(rate >= 0 && rate < 1)) {
            throw new ShapeException(name() + " (rate " + rate + ")", "one input and a rate in [0, 1)", in);
        }
        return in;
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor mask = Tensor.uniform(in[0].shape(), key).greater(Tensor.scalar(rate));
        return new Tensor[] {in[0].mul(mask.mul(1 / (1 - rate)))};
    }
}
