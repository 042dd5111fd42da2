package dev.langevin.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Micro-kernels that add outer products: C (rows, columns) += sum over p of a_p b_p^T, where a_p is a stretch of
 * consecutive floats {@code aStep} after the one before and b_p begins anywhere. This is the gradient of weights,
 * p running over pixels: neither factor is packed. One accumulator per element and one pass in order of p, so the
 * bits depend neither on the tile nor on the vector width.
 */
final class OuterTile {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    /** Rows of a tile; the rows of C are a multiple of it. */
    static final int ROWS = 8;
    /** Pixels worth taking at once: both factors of a tile stay in the L1 cache while the tiles pass over them. */
    static final int BLOCK = 64;

    private OuterTile() {
    }

    /**
     * Adds the outer products of pixels [from, to).
     *
     * @param c     (m, n), rows {@code ldc} apart, from {@code cOffset} on, updated
     * @param n     columns, a multiple of LANES
     * @param a     a_p begins at {@code aOffset + p * aStep}
     * @param m     rows of C, a multiple of {@link #ROWS}
     * @param rows  where b_p begins in {@code b}, less {@code bShift}; n floats from there on must lie inside
     */
    static void accumulate(float[] c, int cOffset, int ldc, int m, int n, float[] a, int aOffset, int aStep, float[] b,
            int[] rows, int bShift, int from, int to) {
        int at = aOffset + from * aStep;
        int col = 0;
        while (col < n) {
            // Two vectors make 16 accumulators, too many where there are 16 registers.
            int vectors = LANES < 16 || n - col == LANES ? 1 : 2;
            for (int r = 0; r < m; r += ROWS) {
                int first = cOffset + r * ldc + col;
                if (vectors == 2) {
                    update8x2(c, first, ldc, a, at + r, aStep, b, rows, from, to, bShift + col);
                } else {
                    update8x1(c, first, ldc, a, at + r, aStep, b, rows, from, to, bShift + col);
                }
            }
            col += vectors * LANES;
        }
    }

    private static void update8x2(float[] c, int cOffset, int ldc, float[] a, int aOffset, int aStep, float[] b,
            int[] rows, int from, int to, int bShift) {
        int o0 = cOffset;
        int o1 = cOffset + 1 * ldc;
        int o2 = cOffset + 2 * ldc;
        int o3 = cOffset + 3 * ldc;
        int o4 = cOffset + 4 * ldc;
        int o5 = cOffset + 5 * ldc;
        int o6 = cOffset + 6 * ldc;
        int o7 = cOffset + 7 * ldc;
        FloatVector c0x = FloatVector.fromArray(F, c, o0);
        FloatVector c0y = FloatVector.fromArray(F, c, o0 + LANES);
        FloatVector c1x = FloatVector.fromArray(F, c, o1);
        FloatVector c1y = FloatVector.fromArray(F, c, o1 + LANES);
        FloatVector c2x = FloatVector.fromArray(F, c, o2);
        FloatVector c2y = FloatVector.fromArray(F, c, o2 + LANES);
        FloatVector c3x = FloatVector.fromArray(F, c, o3);
        FloatVector c3y = FloatVector.fromArray(F, c, o3 + LANES);
        FloatVector c4x = FloatVector.fromArray(F, c, o4);
        FloatVector c4y = FloatVector.fromArray(F, c, o4 + LANES);
        FloatVector c5x = FloatVector.fromArray(F, c, o5);
        FloatVector c5y = FloatVector.fromArray(F, c, o5 + LANES);
        FloatVector c6x = FloatVector.fromArray(F, c, o6);
        FloatVector c6y = FloatVector.fromArray(F, c, o6 + LANES);
        FloatVector c7x = FloatVector.fromArray(F, c, o7);
        FloatVector c7y = FloatVector.fromArray(F, c, o7 + LANES);
        for (int p = from, q = aOffset; p < to; p++, q += aStep) {
            int s = rows[p] + bShift;
            FloatVector x = FloatVector.fromArray(F, b, s);
            FloatVector y = FloatVector.fromArray(F, b, s + LANES);
            FloatVector v0 = FloatVector.broadcast(F, a[q]);
            c0x = v0.fma(x, c0x); c0y = v0.fma(y, c0y);
            FloatVector v1 = FloatVector.broadcast(F, a[q + 1]);
            c1x = v1.fma(x, c1x); c1y = v1.fma(y, c1y);
            FloatVector v2 = FloatVector.broadcast(F, a[q + 2]);
            c2x = v2.fma(x, c2x); c2y = v2.fma(y, c2y);
            FloatVector v3 = FloatVector.broadcast(F, a[q + 3]);
            c3x = v3.fma(x, c3x); c3y = v3.fma(y, c3y);
            FloatVector v4 = FloatVector.broadcast(F, a[q + 4]);
            c4x = v4.fma(x, c4x); c4y = v4.fma(y, c4y);
            FloatVector v5 = FloatVector.broadcast(F, a[q + 5]);
            c5x = v5.fma(x, c5x); c5y = v5.fma(y, c5y);
            FloatVector v6 = FloatVector.broadcast(F, a[q + 6]);
            c6x = v6.fma(x, c6x); c6y = v6.fma(y, c6y);
            FloatVector v7 = FloatVector.broadcast(F, a[q + 7]);
            c7x = v7.fma(x, c7x); c7y = v7.fma(y, c7y);
        }
        c0x.intoArray(c, o0);
        c0y.intoArray(c, o0 + LANES);
        c1x.intoArray(c, o1);
        c1y.intoArray(c, o1 + LANES);
        c2x.intoArray(c, o2);
        c2y.intoArray(c, o2 + LANES);
        c3x.intoArray(c, o3);
        c3y.intoArray(c, o3 + LANES);
        c4x.intoArray(c, o4);
        c4y.intoArray(c, o4 + LANES);
        c5x.intoArray(c, o5);
        c5y.intoArray(c, o5 + LANES);
        c6x.intoArray(c, o6);
        c6y.intoArray(c, o6 + LANES);
        c7x.intoArray(c, o7);
        c7y.intoArray(c, o7 + LANES);
    }

    private static void update8x1(float[] c, int cOffset, int ldc, float[] a, int aOffset, int aStep, float[] b,
            int[] rows, int from, int to, int bShift) {
        int o0 = cOffset;
        int o1 = cOffset + 1 * ldc;
        int o2 = cOffset + 2 * ldc;
        int o3 = cOffset + 3 * ldc;
        int o4 = cOffset + 4 * ldc;
        int o5 = cOffset + 5 * ldc;
        int o6 = cOffset + 6 * ldc;
        int o7 = cOffset + 7 * ldc;
        FloatVector c0x = FloatVector.fromArray(F, c, o0);
        FloatVector c1x = FloatVector.fromArray(F, c, o1);
        FloatVector c2x = FloatVector.fromArray(F, c, o2);
        FloatVector c3x = FloatVector.fromArray(F, c, o3);
        FloatVector c4x = FloatVector.fromArray(F, c, o4);
        FloatVector c5x = FloatVector.fromArray(F, c, o5);
        FloatVector c6x = FloatVector.fromArray(F, c, o6);
        FloatVector c7x = FloatVector.fromArray(F, c, o7);
        for (int p = from, q = aOffset; p < to; p++, q += aStep) {
            int s = rows[p] + bShift;
            FloatVector x = FloatVector.fromArray(F, b, s);
            FloatVector v0 = FloatVector.broadcast(F, a[q]);
            c0x = v0.fma(x, c0x);
            FloatVector v1 = FloatVector.broadcast(F, a[q + 1]);
            c1x = v1.fma(x, c1x);
            FloatVector v2 = FloatVector.broadcast(F, a[q + 2]);
            c2x = v2.fma(x, c2x);
            FloatVector v3 = FloatVector.broadcast(F, a[q + 3]);
            c3x = v3.fma(x, c3x);
            FloatVector v4 = FloatVector.broadcast(F, a[q + 4]);
            c4x = v4.fma(x, c4x);
            FloatVector v5 = FloatVector.broadcast(F, a[q + 5]);
            c5x = v5.fma(x, c5x);
            FloatVector v6 = FloatVector.broadcast(F, a[q + 6]);
            c6x = v6.fma(x, c6x);
            FloatVector v7 = FloatVector.broadcast(F, a[q + 7]);
            c7x = v7.fma(x, c7x);
        }
        c0x.intoArray(c, o0);
        c1x.intoArray(c, o1);
        c2x.intoArray(c, o2);
        c3x.intoArray(c, o3);
        c4x.intoArray(c, o4);
        c5x.intoArray(c, o5);
        c6x.intoArray(c, o6);
        c7x.intoArray(c, o7);
    }
}
