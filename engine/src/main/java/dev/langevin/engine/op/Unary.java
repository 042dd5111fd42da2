package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;

/** One number in, one number out, for each element. The scalar function is the op's definition. */
public interface Unary extends Op {
    double apply(double x);

    @Override
    default Shape[] shapes(Shape... in) {
        if (in.length != 1) {
            throw new ShapeException(name(), "one input", in);
        }
        return in;
    }
}
