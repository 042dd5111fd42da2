package dev.langevin.engine;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The lengths of a tensor's axes, outermost first. Images are (N, H, W, C). A scalar has rank 0 and size 1. */
public final class Shape {
    public static final Shape SCALAR = new Shape(new int[0]);

    /** Shapes made lately, by their hash: the steps of a loop ask for the same ones again and again. */
    private static final Shape[] LATELY = new Shape[4096];

    private final int[] dims;
    private final int size;
    private final Shape[] alone = {this};

    private Shape(int[] dims) {
        this.dims = dims;
        long product = 1;
        for (int d : dims) {
            if (d < 0) {
                throw new LangevinException("shape " + Arrays.toString(dims) + ": a length is negative");
            }
            product *= d;
            if (product > Integer.MAX_VALUE) {
                throw new LangevinException("shape " + Arrays.toString(dims) + ": more than 2^31 - 1 elements");
            }
        }
        this.size = (int) product;
    }

    public static Shape of(int... dims) {
        int place = Arrays.hashCode(dims) & LATELY.length - 1;
        // Threads may write here at once: any shape with these lengths is as good as another.
        Shape shape = LATELY[place];
        if (shape == null || !Arrays.equals(shape.dims, dims)) {
            shape = dims.length == 0 ? SCALAR : new Shape(dims.clone());
            LATELY[place] = shape;
        }
        return shape;
    }

    /** As {@link #of(int...)}, for images. */
    public static Shape of(int n, int height, int width, int channels) {
        int hash = 31 * (31 * (31 * (31 + n) + height) + width) + channels; // that of the array
        Shape shape = LATELY[hash & LATELY.length - 1];
        if (shape != null && shape.dims.length == 4 && shape.dims[0] == n && shape.dims[1] == height
                && shape.dims[2] == width && shape.dims[3] == channels) {
            return shape;
        }
        return of(new int[] {n, height, width, channels});
    }

    public int rank() {
        return dims.length;
    }

    /** An array of this shape alone, the same at each call: what an op with one output gives. Not to be written to. */
    public Shape[] alone() {
        return alone;
    }

    /** Whether this is (length). */
    public boolean isVector(int length) {
        return dims.length == 1 && dims[0] == length;
    }

    /** Number of elements. */
    public int size() {
        return size;
    }

    /** Length of an axis; negative counts from the end (-1 is the last). */
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    /** The axis in [0, rank) that {@code axis} in [-rank, rank) means. */
    public int axis(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) {
            throw new LangevinException("axis " + axis + " is outside of shape " + this);
        }
        return a;
    }

    public int[] dims() {
        return dims.clone();
    }

    /** This shape with the length of one axis replaced. */
    public Shape with(int axis, int length) {
        int replaced = axis(axis);
        int hash = 1;
        for (int i = 0; i < dims.length; i++) {
            hash = 31 * hash + (i == replaced ? length : dims[i]); // that of the array
        }
        Shape shape = LATELY[hash & LATELY.length - 1];
        boolean found = shape != null && shape.dims.length == dims.length;
        for (int i = 0; found && i < dims.length; i++) {
            found = shape.dims[i] == (i == replaced ? length : dims[i]);
        }
        if (found) {
            return shape;
        }
        int[] d = dims.clone();
        d[replaced] = length;
        return of(d);
    }

    /** Product of the lengths of axes [from, to). */
    public int product(int from, int to) {
        int p = 1;
        for (int i = from; i < to; i++) {
            p *= dims[i];
        }
        return p;
    }

    /** The shape that both broadcast to by NumPy's rule (aligned at the end, 1 stretches), or null when there is none. */
    public static Shape broadcast(Shape a, Shape b) {
        if (b.broadcastsTo(a)) {
            return a;
        }
        if (a.broadcastsTo(b)) {
            return b;
        }
        int rank = Math.max(a.rank(), b.rank());
        int[] d = new int[rank];
        for (int i = 1; i <= rank; i++) {
            int x = i <= a.rank() ? a.dims[a.rank() - i] : 1;
            int y = i <= b.rank() ? b.dims[b.rank() - i] : 1;
            if (x != y && x != 1 && y != 1) {
                return null;
            }
            d[rank - i] = x == 1 ? y : x;
        }
        return of(d);
    }

    /** Whether this shape stretches to {@code target} by NumPy's rule. */
    public boolean broadcastsTo(Shape target) {
        if (dims.length > target.dims.length) {
            return false;
        }
        for (int i = 1; i <= dims.length; i++) {
            int length = dims[dims.length - i];
            if (length != 1 && length != target.dims[target.dims.length - i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Strides, in elements, with which a tensor of this shape is read as if it had shape {@code target}:
     * one a target axis, 0 where it is stretched.
     */
    public int[] stridesIn(Shape target) {
        int[] strides = new int[target.rank()];
        int stride = 1;
        for (int i = 1; i <= dims.length; i++) {
            int length = dims[dims.length - i];
            strides[target.rank() - i] = length == 1 ? 0 : stride;
            stride *= length;
        }
        return strides;
    }

    static String list(Shape... shapes) {
        return Arrays.stream(shapes).map(String::valueOf).collect(Collectors.joining(" and "));
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** As a tuple: {@code (64, 28, 28, 1)}. */
    @Override
    public String toString() {
        return Arrays.stream(dims).mapToObj(Integer::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
