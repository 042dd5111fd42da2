package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/** Adds rows (..., D) into a table (rows, D) of zeros at indices (...): the adjoint of {@link Gather}. */
public record ScatterAdd(int rows) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 2 || in[0].rank() != in[1].rank() + 1
                || !Arrays.equals(in[1].dims(), Arrays.copyOf(in[0].dims(), in[1].rank()))) {
            throw new ShapeException(name(), "rows (..., D) and indices (...)", in);
        }
        return Shape.of(rows, in[0].dim(-1)).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        if (i == 1) {
            throw c.missing(i);
        }
        return c.dout().gather(c.in(1));
    }
}
