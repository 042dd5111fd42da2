package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Stretches the input to a shape by NumPy's rule, as a copy. */
public record BroadcastTo(Shape target) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || !in[0].broadcastsTo(target)) {
            throw new ShapeException(name(), "an input that broadcasts to " + target, in);
        }
        return target.alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().sumTo(c.in(0).shape());
    }
}
