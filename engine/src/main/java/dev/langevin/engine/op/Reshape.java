package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/** The same elements, row-major, in another shape of the same size. */
public record Reshape(Shape target) implements View {
    /** The target shape that {@code dims} means for an input shape: one length may be -1. */
    public static Shape infer(Shape in, int... dims) {
        int[] d = dims.clone();
        int open = -1;
        int known = 1;
        for (int i = 0; i < d.length; i++) {
            if (d[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= d[i];
            }
        }
        if (open >= 0) {
            d[open] = known == 0 ? 0 : in.size() / known;
        }
        return Shape.of(d);
    }

    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 1 || in[0].size() != target.size()) {
            throw new ShapeException(name(), target.size() + " elements for shape " + target, in);
        }
        return target.alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        return c.dout().reshape(c.in(0).shape());
    }
}
