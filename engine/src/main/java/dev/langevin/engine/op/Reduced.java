package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import java.util.Arrays;

/** Shapes of reductions. */
public final class Reduced {
    private Reduced() {
    }

    /** {@code shape} with the given axes (all when none is given) of length 1. */
    public static Shape kept(Shape shape, int... axes) {
        int[] dims = shape.dims();
        if (axes.length == 0) {
            Arrays.fill(dims, 1);
        }
        for (int axis : axes) {
            dims[shape.axis(axis)] = 1;
        }
        return Shape.of(dims);
    }

    /** {@code shape} without the given axes (all when none is given). */
    public static Shape without(Shape shape, int... axes) {
        boolean[] drop = new boolean[shape.rank()];
        for (int axis : axes) {
            drop[shape.axis(axis)] = true;
        }
        int[] dims = new int[shape.rank()];
        int rank = 0;
        for (int i = 0; i < drop.length; i++) {
            if (axes.length > 0 && !drop[i]) {
                dims[rank++] = shape.dim(i);
            }
        }
        return Shape.of(Arrays.copyOf(dims, rank));
    }
}
