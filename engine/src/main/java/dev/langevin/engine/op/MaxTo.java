package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** Greatest element, to a shape that broadcasts to the input's; equal maxima share the gradient. */
public record MaxTo(Shape target) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || !target.broadcastsTo(in[0])) {
            throw new ShapeException(name(), "an input to whose shape " + target + " broadcasts", in);
        }
        return target.alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        Tensor isMax = c.out().greater(c.in(0)).neg().add(1).detach();
        return c.dout().div(isMax.sumTo(target)).mul(isMax);
    }
}
