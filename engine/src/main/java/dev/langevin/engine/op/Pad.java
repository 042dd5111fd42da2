package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Zeros before and after along one axis; the adjoint of {@link Slice}. */
public record Pad(int axis, int before, int after) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || axis >= in[0].rank() || before < 0 || after < 0) {
            throw new ShapeException(name(), "an input with axis " + axis + " and widths of at least 0", in);
        }
        return in[0].with(axis, before + in[0].dim(axis) + after).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().slice(axis, before, before + c.in(0).dim(axis));
    }
}
