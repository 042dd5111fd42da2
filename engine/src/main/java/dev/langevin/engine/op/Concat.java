package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** The inputs laid end to end along one axis. */
public record Concat(int axis) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        int length = 0;
        for (Shape s : in) {
            if (axis >= s.rank() || !s.with(axis, 0).equals(in[0].with(axis, 0))) {
                throw new ShapeException(name(), "shapes that agree but along axis " + axis, in);
            }
            length += s.dim(axis);
        }
        return in[0].with(axis, length).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        int from = 0;
        for (int k = 0; k < i; k++) {
            from += c.in(k).dim(axis);
        }
        return c.dout().slice(axis, from, from + c.in(i).dim(axis));
    }
}
