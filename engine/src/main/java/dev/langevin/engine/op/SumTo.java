package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Sums to a shape that broadcasts to the input's: the adjoint of {@link BroadcastTo}. */
public record SumTo(Shape target) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || !target.broadcastsTo(in[0])) {
            throw new ShapeException(name(), "an input to whose shape " + target + " broadcasts", in);
        }
        return target.alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().broadcastTo(c.in(0).shape());
    }
}
