package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Elements [from, to) along one axis; the adjoint of {@link Pad}. */
public record Slice(int axis, int from, int to) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || axis >= in[0].rank() || from < 0 || from > to || to > in[0].dim(axis)) {
            throw new ShapeException(name(), "an input with elements [" + from + ", " + to + ") along axis " + axis, in);
        }
        return in[0].with(axis, to - from).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return new Pad(axis, from, c.in(0).dim(axis) - to).apply(c.dout());
    }
}
