package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/**
 * Rows of a table: inputs table (V, D) and indices (...), output (..., D). Indices are whole numbers in [0, V), held
 * as floating point like everything else (exact below 2^24). The embedding lookup.
 */
public record Gather() implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 2 || in[0].rank() != 2) {
            throw new ShapeException(name(), "a table (V, D) and indices", in);
        }
        int[] dims = Arrays.copyOf(in[1].dims(), in[1].rank() + 1);
        dims[in[1].rank()] = in[0].dim(1);
        return Shape.of(dims).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        if (i == 1) {
            throw c.missing(i);
        }
        return new ScatterAdd(c.in(0).dim(0)).apply(c.dout(), c.in(1));
    }
}
