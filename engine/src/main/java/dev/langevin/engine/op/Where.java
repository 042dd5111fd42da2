package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** y = a where condition is not 0, else b; three tensors of one shape. */
public record Where() implements Op {
    /** The shape to which condition, a and b broadcast. */
    public static Shape shape(Shape condition, Shape a, Shape b) {
        Shape ab = Shape.broadcast(a, b);
        Shape out = ab == null ? null : Shape.broadcast(condition, ab);
        if (out == null) {
            throw new ShapeException("where", "three shapes that broadcast", condition, a, b);
        }
        return out;
    }

    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 3 || !in[0].equals(in[1]) || !in[0].equals(in[2])) {
            throw new ShapeException(name(), "three inputs of one shape", in);
        }
        return in[0].alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return switch (i) {
            case 0 -> null;
            case 1 -> c.dout().where(c.in(0), Tensor.scalar(0));
            default -> Tensor.scalar(0).where(c.in(0), c.dout());
        };
    }
}
