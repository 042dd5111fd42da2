package dev.langevin.engine.cuda;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A permutation with axes of length 1 left out and axes that stay neighbours merged, outermost first in the order of
 * the output. {@code in} and {@code out} are strides in elements.
 */
record PermutePlan(List<Axis> axes) {
    private static final int MOST_AXES = 8;
    private static final int AXIS_BYTES = 20;

    record Axis(int length, int in, int out) {
    }

    /** @param axes axis i of the output is axis {@code axes[i]} of the input */
    static PermutePlan of(Shape in, int[] axes) {
        int rank = in.rank();
        List<Axis> merged = new ArrayList<>();
        int before = -1;
        for (int axis : axes) {
            int length = in.dim(axis);
            if (length == 1) {
                continue;
            }
            int stride = in.product(axis + 1, rank);
            if (!merged.isEmpty() && before == stride * length) {
                length *= merged.removeLast().length();
            }
            merged.add(new Axis(length, stride, 0));
            before = stride;
        }
        int out = 1;
        for (int i = merged.size() - 1; i >= 0; i--) {
            Axis a = merged.get(i);
            merged.set(i, new Axis(a.length(), a.in(), out));
            out *= a.length();
        }
        if (merged.size() > MOST_AXES) {
            throw new LangevinException("permute: on cuda at most " + MOST_AXES + " axes that move apart, got " + merged.size() + " in shape " + in);
        }
        return new PermutePlan(merged);
    }

    /** Nothing moves. */
    boolean identity() {
        return axes.size() <= 1;
    }

    /** Runs of elements stay runs. */
    boolean keepsLast() {
        return axes.getLast().in() == 1;
    }

    /** The axis of the output that is the last of the input. */
    Axis lastOfInput() {
        return axes.stream().filter(a -> a.in() == 1).findFirst().orElseThrow();
    }

    /** The kernels' structure {@code Axes} of some axes, outermost first, with lengths and strides of the last in units. */
    static ByteBuffer struct(List<Axis> axes, int elementsPerUnit) {
        ByteBuffer bytes = ByteBuffer.allocate(4 + MOST_AXES * AXIS_BYTES).order(ByteOrder.nativeOrder()).putInt(axes.size());
        for (Axis a : axes.reversed()) {
            boolean run = a.in() == 1 && a.out() == 1;
            Axes.divisor(bytes, run ? a.length() / elementsPerUnit : a.length());
            bytes.putInt(run ? 1 : a.in() / elementsPerUnit).putInt(run ? 1 : a.out() / elementsPerUnit);
        }
        return bytes.clear();
    }
}
