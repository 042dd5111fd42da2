package dev.langevin.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Micro-kernels of the matrix product whose first factor is read in place: row r of it is {@code runs} stretches of
 * {@code runLength} consecutive floats that lie {@code runStride} apart, beginning at {@code rows[r]}. A plain matrix
 * has one run; a convolution over a padded (H, W, I) image has one run of kw * I floats for each row of the kernel.
 * The second factor is a packed panel (K, columns). One accumulator per element of the product and one pass in order
 * of k: the bits of an element depend neither on the tile it falls into nor on the vector width.
 */
final class RowTile {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    /** Columns of a wide panel. */
    static final int WIDE = 2 * LANES;
    /** Most rows of a tile: 16 accumulators where there are 32 vector registers, 12 where there may be 16. */
    static final int ROWS = LANES >= 16 ? 8 : 6;

    private RowTile() {
    }

    /**
     * Multiplies {@code count} rows, at most {@link #ROWS}, with a panel.
     *
     * @param c     receives the product from {@code to} on, its rows {@code step} apart; ROWS rows of the panel's columns
     *              are written, those from {@code count} on undefined
     * @param rows where rows begin in {@code a}; ROWS entries from {@code r} on must be valid, used or not
     * @param narrow the panel has LANES columns, not WIDE
     */
    static void multiply(float[] c, int to, int step, float[] a, int[] rows, int r, int count, int runs, int runLength, int runStride,
            float[] b, int bOffset, boolean narrow) {
        if (count > 6) {
            if (narrow) {
                tile8x1(c, to, step, a, rows, r, runs, runLength, runStride, b, bOffset);
            } else {
                tile8x2(c, to, step, a, rows, r, runs, runLength, runStride, b, bOffset);
            }
        } else if (narrow) {
            tile6x1(c, to, step, a, rows, r, runs, runLength, runStride, b, bOffset);
        } else {
            tile6x2(c, to, step, a, rows, r, runs, runLength, runStride, b, bOffset);
        }
    }

    /** 8 rows, two vectors of columns. */
    private static void tile8x2(float[] c, int to, int step, float[] a, int[] rows, int r, int runs, int runLength, int runStride,
            float[] b, int bOffset) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c0x = zero, c0y = zero;
        FloatVector c1x = zero, c1y = zero;
        FloatVector c2x = zero, c2y = zero;
        FloatVector c3x = zero, c3y = zero;
        FloatVector c4x = zero, c4y = zero;
        FloatVector c5x = zero, c5y = zero;
        FloatVector c6x = zero, c6y = zero;
        FloatVector c7x = zero, c7y = zero;
        int i0 = rows[r], i1 = rows[r + 1], i2 = rows[r + 2], i3 = rows[r + 3];
        int i4 = rows[r + 4], i5 = rows[r + 5], i6 = rows[r + 6], i7 = rows[r + 7];
        for (int run = 0, from = bOffset; run < runs; run++) {
            for (int k = 0; k < runLength; k++) {
                FloatVector x = FloatVector.fromArray(F, b, from + k * WIDE);
                FloatVector y = FloatVector.fromArray(F, b, from + k * WIDE + LANES);
                FloatVector v0 = FloatVector.broadcast(F, a[i0 + k]);
                c0x = v0.fma(x, c0x); c0y = v0.fma(y, c0y);
                FloatVector v1 = FloatVector.broadcast(F, a[i1 + k]);
                c1x = v1.fma(x, c1x); c1y = v1.fma(y, c1y);
                FloatVector v2 = FloatVector.broadcast(F, a[i2 + k]);
                c2x = v2.fma(x, c2x); c2y = v2.fma(y, c2y);
                FloatVector v3 = FloatVector.broadcast(F, a[i3 + k]);
                c3x = v3.fma(x, c3x); c3y = v3.fma(y, c3y);
                FloatVector v4 = FloatVector.broadcast(F, a[i4 + k]);
                c4x = v4.fma(x, c4x); c4y = v4.fma(y, c4y);
                FloatVector v5 = FloatVector.broadcast(F, a[i5 + k]);
                c5x = v5.fma(x, c5x); c5y = v5.fma(y, c5y);
                FloatVector v6 = FloatVector.broadcast(F, a[i6 + k]);
                c6x = v6.fma(x, c6x); c6y = v6.fma(y, c6y);
                FloatVector v7 = FloatVector.broadcast(F, a[i7 + k]);
                c7x = v7.fma(x, c7x); c7y = v7.fma(y, c7y);
            }
            from += runLength * WIDE;
            i0 += runStride; i1 += runStride; i2 += runStride; i3 += runStride; i4 += runStride; i5 += runStride; i6 += runStride; i7 += runStride;
        }
        c0x.intoArray(c, to); c0y.intoArray(c, to + LANES);
        c1x.intoArray(c, to + step); c1y.intoArray(c, to + step + LANES);
        c2x.intoArray(c, to + 2 * step); c2y.intoArray(c, to + 2 * step + LANES);
        c3x.intoArray(c, to + 3 * step); c3y.intoArray(c, to + 3 * step + LANES);
        c4x.intoArray(c, to + 4 * step); c4y.intoArray(c, to + 4 * step + LANES);
        c5x.intoArray(c, to + 5 * step); c5y.intoArray(c, to + 5 * step + LANES);
        c6x.intoArray(c, to + 6 * step); c6y.intoArray(c, to + 6 * step + LANES);
        c7x.intoArray(c, to + 7 * step); c7y.intoArray(c, to + 7 * step + LANES);
    }

    /** 8 rows, one vector of columns. */
    private static void tile8x1(float[] c, int to, int step, float[] a, int[] rows, int r, int runs, int runLength, int runStride,
            float[] b, int bOffset) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c0x = zero;
        FloatVector c1x = zero;
        FloatVector c2x = zero;
        FloatVector c3x = zero;
        FloatVector c4x = zero;
        FloatVector c5x = zero;
        FloatVector c6x = zero;
        FloatVector c7x = zero;
        int i0 = rows[r], i1 = rows[r + 1], i2 = rows[r + 2], i3 = rows[r + 3];
        int i4 = rows[r + 4], i5 = rows[r + 5], i6 = rows[r + 6], i7 = rows[r + 7];
        for (int run = 0, from = bOffset; run < runs; run++) {
            for (int k = 0; k < runLength; k++) {
                FloatVector x = FloatVector.fromArray(F, b, from + k * LANES);
                FloatVector v0 = FloatVector.broadcast(F, a[i0 + k]);
                c0x = v0.fma(x, c0x);
                FloatVector v1 = FloatVector.broadcast(F, a[i1 + k]);
                c1x = v1.fma(x, c1x);
                FloatVector v2 = FloatVector.broadcast(F, a[i2 + k]);
                c2x = v2.fma(x, c2x);
                FloatVector v3 = FloatVector.broadcast(F, a[i3 + k]);
                c3x = v3.fma(x, c3x);
                FloatVector v4 = FloatVector.broadcast(F, a[i4 + k]);
                c4x = v4.fma(x, c4x);
                FloatVector v5 = FloatVector.broadcast(F, a[i5 + k]);
                c5x = v5.fma(x, c5x);
                FloatVector v6 = FloatVector.broadcast(F, a[i6 + k]);
                c6x = v6.fma(x, c6x);
                FloatVector v7 = FloatVector.broadcast(F, a[i7 + k]);
                c7x = v7.fma(x, c7x);
            }
            from += runLength * LANES;
            i0 += runStride; i1 += runStride; i2 += runStride; i3 += runStride; i4 += runStride; i5 += runStride; i6 += runStride; i7 += runStride;
        }
        c0x.intoArray(c, to);
        c1x.intoArray(c, to + step);
        c2x.intoArray(c, to + 2 * step);
        c3x.intoArray(c, to + 3 * step);
        c4x.intoArray(c, to + 4 * step);
        c5x.intoArray(c, to + 5 * step);
        c6x.intoArray(c, to + 6 * step);
        c7x.intoArray(c, to + 7 * step);
    }

    /** 6 rows, two vectors of columns. */
    private static void tile6x2(float[] c, int to, int step, float[] a, int[] rows, int r, int runs, int runLength, int runStride,
            float[] b, int bOffset) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c0x = zero, c0y = zero;
        FloatVector c1x = zero, c1y = zero;
        FloatVector c2x = zero, c2y = zero;
        FloatVector c3x = zero, c3y = zero;
        FloatVector c4x = zero, c4y = zero;
        FloatVector c5x = zero, c5y = zero;
        int i0 = rows[r], i1 = rows[r + 1], i2 = rows[r + 2];
        int i3 = rows[r + 3], i4 = rows[r + 4], i5 = rows[r + 5];
        for (int run = 0, from = bOffset; run < runs; run++) {
            for (int k = 0; k < runLength; k++) {
                FloatVector x = FloatVector.fromArray(F, b, from + k * WIDE);
                FloatVector y = FloatVector.fromArray(F, b, from + k * WIDE + LANES);
                FloatVector v0 = FloatVector.broadcast(F, a[i0 + k]);
                c0x = v0.fma(x, c0x); c0y = v0.fma(y, c0y);
                FloatVector v1 = FloatVector.broadcast(F, a[i1 + k]);
                c1x = v1.fma(x, c1x); c1y = v1.fma(y, c1y);
                FloatVector v2 = FloatVector.broadcast(F, a[i2 + k]);
                c2x = v2.fma(x, c2x); c2y = v2.fma(y, c2y);
                FloatVector v3 = FloatVector.broadcast(F, a[i3 + k]);
                c3x = v3.fma(x, c3x); c3y = v3.fma(y, c3y);
                FloatVector v4 = FloatVector.broadcast(F, a[i4 + k]);
                c4x = v4.fma(x, c4x); c4y = v4.fma(y, c4y);
                FloatVector v5 = FloatVector.broadcast(F, a[i5 + k]);
                c5x = v5.fma(x, c5x); c5y = v5.fma(y, c5y);
            }
            from += runLength * WIDE;
            i0 += runStride; i1 += runStride; i2 += runStride; i3 += runStride; i4 += runStride; i5 += runStride;
        }
        c0x.intoArray(c, to); c0y.intoArray(c, to + LANES);
        c1x.intoArray(c, to + step); c1y.intoArray(c, to + step + LANES);
        c2x.intoArray(c, to + 2 * step); c2y.intoArray(c, to + 2 * step + LANES);
        c3x.intoArray(c, to + 3 * step); c3y.intoArray(c, to + 3 * step + LANES);
        c4x.intoArray(c, to + 4 * step); c4y.intoArray(c, to + 4 * step + LANES);
        c5x.intoArray(c, to + 5 * step); c5y.intoArray(c, to + 5 * step + LANES);
    }

    /** 6 rows, one vector of columns. */
    private static void tile6x1(float[] c, int to, int step, float[] a, int[] rows, int r, int runs, int runLength, int runStride,
            float[] b, int bOffset) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c0x = zero;
        FloatVector c1x = zero;
        FloatVector c2x = zero;
        FloatVector c3x = zero;
        FloatVector c4x = zero;
        FloatVector c5x = zero;
        int i0 = rows[r], i1 = rows[r + 1], i2 = rows[r + 2];
        int i3 = rows[r + 3], i4 = rows[r + 4], i5 = rows[r + 5];
        for (int run = 0, from = bOffset; run < runs; run++) {
            for (int k = 0; k < runLength; k++) {
                FloatVector x = FloatVector.fromArray(F, b, from + k * LANES);
                FloatVector v0 = FloatVector.broadcast(F, a[i0 + k]);
                c0x = v0.fma(x, c0x);
                FloatVector v1 = FloatVector.broadcast(F, a[i1 + k]);
                c1x = v1.fma(x, c1x);
                FloatVector v2 = FloatVector.broadcast(F, a[i2 + k]);
                c2x = v2.fma(x, c2x);
                FloatVector v3 = FloatVector.broadcast(F, a[i3 + k]);
                c3x = v3.fma(x, c3x);
                FloatVector v4 = FloatVector.broadcast(F, a[i4 + k]);
                c4x = v4.fma(x, c4x);
                FloatVector v5 = FloatVector.broadcast(F, a[i5 + k]);
                c5x = v5.fma(x, c5x);
            }
            from += runLength * LANES;
            i0 += runStride; i1 += runStride; i2 += runStride; i3 += runStride; i4 += runStride; i5 += runStride;
        }
        c0x.intoArray(c, to);
        c1x.intoArray(c, to + step);
        c2x.intoArray(c, to + 2 * step);
        c3x.intoArray(c, to + 3 * step);
        c4x.intoArray(c, to + 4 * step);
        c5x.intoArray(c, to + 5 * step);
    }
}
