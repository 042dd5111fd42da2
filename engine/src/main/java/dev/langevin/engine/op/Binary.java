package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Two numbers in, one number out, for each element; the inputs broadcast. The scalar function is the op's definition. */
public interface Binary extends Op {
    double apply(double a, double b);

    /** Gradient to input i before it is summed over the axes along which that input was stretched. */
    Tensor stretchedGradient(int i, GradientContext c);

    @Override
    default Shape[] shapes(Shape... in) {
        Shape out = in.length == 2 ? Shape.broadcast(in[0], in[1]) : null;
        if (out == null) {
            throw new ShapeException(name(), "two shapes that broadcast", in);
        }
        return out.alone();
    }

    @Override
    default Tensor gradient(int i, GradientContext c) {
        Tensor g = stretchedGradient(i, c);
        return g == null ? null : g.sumTo(c.in(i).shape());
    }
}
