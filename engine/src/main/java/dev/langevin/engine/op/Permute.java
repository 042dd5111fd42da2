package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/** Axis i of the output is axis {@code axes[i]} of the input; a copy. */
public record Permute(int... axes) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        boolean all = in.length == 1 && sorted.length == in[0].rank();
        for (int i = 0; all && i < sorted.length; i++) {
            all = sorted[i] == i;
        }
        if (!all) {
            throw new ShapeException(name() + Arrays.toString(axes), "an input of which these are all axes", in);
        }
        int[] dims = new int[axes.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = in[0].dim(axes[i]);
        }
        return Shape.of(dims).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        int[] inverse = new int[axes.length];
        for (int k = 0; k < axes.length; k++) {
            inverse[axes[k]] = k;
        }
        return c.dout().permute(inverse);
    }
}
