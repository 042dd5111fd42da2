package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Linear combinations of rows of floats: one row of a {@link Winograd} matrix times as many rows of an image, or pixels
 * of a row. All lengths are at least LANES.
 */
final class WinogradRows {
    /** Most factors of a row of a matrix that are not 0. */
    private static final int TERMS = 4;

    private final int[] at = new int[TERMS];
    private final float[] factor = new float[TERMS];
    private int count;

    WinogradRows begin() {
        count = 0;
        return this;
    }

    /** Adds factor times the row at {@code offset}; nothing for a factor of 0. */
    void term(float by, int offset) {
        if (by != 0) {
            at[count] = offset;
            factor[count++] = by;
        }
    }

    /** Writes the sum of the terms, rows of {@code from}. */
    void write(float[] to, int offset, float[] from, int length) {
        int full = length - length % LANES;
        switch (count) {
            case 0 -> Arrays.fill(to, offset, offset + length, 0);
            case 1 -> {
                one(to, offset, from, at[0], factor[0], 0, full);
                if (full < length) {
                    one(to, offset, from, at[0], factor[0], length - LANES, length);
                }
            }
            case 2 -> {
                two(to, offset, from, at[0], at[1], factor[0], factor[1], 0, full);
                if (full < length) {
                    two(to, offset, from, at[0], at[1], factor[0], factor[1], length - LANES, length);
                }
            }
            case 3 -> {
                three(to, offset, from, at[0], at[1], at[2], factor[0], factor[1], factor[2], 0, full);
                if (full < length) {
                    three(to, offset, from, at[0], at[1], at[2], factor[0], factor[1], factor[2], length - LANES, length);
                }
            }
            default -> {
                four(to, offset, from, at[0], at[1], at[2], at[3], factor[0], factor[1], factor[2], factor[3], 0, full);
                if (full < length) {
                    four(to, offset, from, at[0], at[1], at[2], at[3], factor[0], factor[1], factor[2], factor[3],
                            length - LANES, length);
                }
            }
        }
    }

    /** to += from. */
    static void add(float[] to, int offset, float[] from, int source, int length) {
        int full = length - length % LANES;
        for (int i = 0; i < full; i += LANES) {
            FloatVector.fromArray(F, to, offset + i).add(FloatVector.fromArray(F, from, source + i)).intoArray(to, offset + i);
        }
        for (int i = full; i < length; i++) {
            to[offset + i] += from[source + i];
        }
    }

    private static void one(float[] to, int offset, float[] from, int a, float fa, int begin, int end) {
        FloatVector va = FloatVector.broadcast(F, fa);
        for (int i = begin; i < end; i += LANES) {
            FloatVector.fromArray(F, from, a + i).mul(va).intoArray(to, offset + i);
        }
    }

    private static void two(float[] to, int offset, float[] from, int a, int b, float fa, float fb, int begin, int end) {
        FloatVector va = FloatVector.broadcast(F, fa);
        FloatVector vb = FloatVector.broadcast(F, fb);
        for (int i = begin; i < end; i += LANES) {
            FloatVector sum = FloatVector.fromArray(F, from, a + i).mul(va);
            FloatVector.fromArray(F, from, b + i).fma(vb, sum).intoArray(to, offset + i);
        }
    }

    private static void three(float[] to, int offset, float[] from, int a, int b, int c, float fa, float fb, float fc,
            int begin, int end) {
        FloatVector va = FloatVector.broadcast(F, fa);
        FloatVector vb = FloatVector.broadcast(F, fb);
        FloatVector vc = FloatVector.broadcast(F, fc);
        for (int i = begin; i < end; i += LANES) {
            FloatVector sum = FloatVector.fromArray(F, from, a + i).mul(va);
            sum = FloatVector.fromArray(F, from, b + i).fma(vb, sum);
            FloatVector.fromArray(F, from, c + i).fma(vc, sum).intoArray(to, offset + i);
        }
    }

    private static void four(float[] to, int offset, float[] from, int a, int b, int c, int d, float fa, float fb,
            float fc, float fd, int begin, int end) {
        FloatVector va = FloatVector.broadcast(F, fa);
        FloatVector vb = FloatVector.broadcast(F, fb);
        FloatVector vc = FloatVector.broadcast(F, fc);
        FloatVector vd = FloatVector.broadcast(F, fd);
        for (int i = begin; i < end; i += LANES) {
            FloatVector sum = FloatVector.fromArray(F, from, a + i).mul(va);
            sum = FloatVector.fromArray(F, from, b + i).fma(vb, sum);
            sum = FloatVector.fromArray(F, from, c + i).fma(vc, sum);
            FloatVector.fromArray(F, from, d + i).fma(vd, sum).intoArray(to, offset + i);
        }
    }
}
