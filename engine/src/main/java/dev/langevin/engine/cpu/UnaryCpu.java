package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Functions of one element each, over the first {@code size} elements. Results may be written over operands. */
public final class UnaryCpu {
    private static final int GRAIN = 16384;

    private UnaryCpu() {
    }

    /** y = op(x). */
    public static void unary(UnaryOp op, float[] y, float[] x, int size) {
        Parallel.chunks(size, GRAIN, (from, to) -> UnaryLoops.run(op, y, x, from, to));
    }

    /** y = scale x + shift, rounded once. */
    public static void affine(float[] y, float[] x, float scale, float shift, int size) {
        Parallel.chunks(size, GRAIN, (from, to) -> affine(y, x, scale, shift, from, to));
    }

    /** dx = dy s (1 + x (1 - s)) with s = sigmoid(x): the gradient of x sigmoid(x). */
    public static void siluBackward(float[] dx, float[] x, float[] dy, int size) {
        Parallel.chunks(size, GRAIN, (from, to) -> siluBackward(dx, x, dy, from, to));
    }

    /** out = a where the condition is not 0, else b. */
    public static void where(float[] out, float[] condition, float[] a, float[] b, int size) {
        Parallel.chunks(size, GRAIN, (from, to) -> where(out, condition, a, b, from, to));
    }

    private static void affine(float[] y, float[] x, float scale, float shift, int from, int to) {
        FloatVector s = FloatVector.broadcast(F, scale);
        FloatVector t = FloatVector.broadcast(F, shift);
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector.fromArray(F, x, i).fma(s, t).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector.fromArray(F, x, i, tail).fma(s, t).intoArray(y, i, tail);
        }
    }

    private static void siluBackward(float[] dx, float[] x, float[] dy, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            FloatVector s = VectorMath.sigmoid(v);
            // s + x s (1 - s): 1 - s is exactly 0 where the sigmoid is saturated, however large x is.
            v.mul(s).fma(s.neg().add(1f), s).mul(FloatVector.fromArray(F, dy, i)).intoArray(dx, i);
        }
        for (; i < to; i++) {
            float s = VectorMath.sigmoid(x[i]);
            dx[i] = Math.fma(x[i] * s, 1 - s, s) * dy[i];
        }
    }

    private static void where(float[] out, float[] condition, float[] a, float[] b, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            VectorMask<Float> yes = FloatVector.fromArray(F, condition, i).compare(VectorOperators.NE, 0f);
            FloatVector.fromArray(F, b, i).blend(FloatVector.fromArray(F, a, i), yes).intoArray(out, i);
        }
        for (; i < to; i++) {
            out[i] = condition[i] != 0 ? a[i] : b[i];
        }
    }
}
