package dev.langevin.engine.cpu;

import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Micro-kernels that add outer products: C (rows, columns) += sum over p of a_p b_p^T, where b_p is read wherever it
 * begins. This is the gradient of weights, p running over pixels. One accumulator per element and one pass in order of p, so the
 * bits depend neither on the tile nor on the vector width.
 */
final class OuterTile {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    /** Rows of a tile; the rows of C are a multiple of it. */
    static final int ROWS = 8;
    /** Columns of a panel of C; the last one has LANES when no more are left. */
    static final int WIDE = 2 * LANES;
    /** Pixels taken at once: a tile's share of both factors, 20 KiB, stays in the L1 cache. */
    static final int BLOCK = 128;
    /** From this many rows on, copying a panel of b costs less than the cache misses of reading it in place. */
    private static final int ROWS_WORTH_COPYING = 64;
    private static final int[] COPIED = IntStream.range(0, BLOCK).map(p -> p * WIDE).toArray();

    private OuterTile() {
    }

    /**
     * Copies columns [0, m) of {@code count} rows of a, {@code step} apart, into tiles (m / ROWS, count, ROWS).
     * Columns from {@code used} on become zeros.
     */
    static void packRows(float[] packed, float[] a, int aOffset, int step, int m, int used, int count) {
        for (int r = 0; r < m; r += ROWS) {
            int to = r * count;
            if (r + ROWS <= used) {
                packFullRows(packed, to, a, aOffset + r, step, count);
                continue;
            }
            for (int p = 0; p < count; p++) {
                for (int i = 0; i < ROWS; i++) {
                    packed[to + p * ROWS + i] = r + i < used ? a[aOffset + p * step + r + i] : 0;
                }
            }
        }
    }

    /** Written out: a loop or a call over eight floats costs more than the copy. */
    private static void packFullRows(float[] packed, int to, float[] a, int from, int step, int count) {
        for (int p = 0; p < count; p++, to += ROWS, from += step) {
            packed[to] = a[from];
            packed[to + 1] = a[from + 1];
            packed[to + 2] = a[from + 2];
            packed[to + 3] = a[from + 3];
            packed[to + 4] = a[from + 4];
            packed[to + 5] = a[from + 5];
            packed[to + 6] = a[from + 6];
            packed[to + 7] = a[from + 7];
        }
    }

    /** Where element (row, col) of C lies, from its beginning. */
    static int index(int row, int col, int m, int n) {
        int panel = col - col % WIDE;
        return panel * m + row * Math.min(WIDE, n - panel) + col - panel;
    }

    /**
     * Adds the outer products of {@code count} pixels, at most {@link #BLOCK}.
     *
     * @param c     (m, n) in panels of WIDE columns, see {@link #index}, from {@code cOffset} on; updated
     * @param n     columns, a multiple of LANES
     * @param a     packed by {@link #packRows}
     * @param m     rows of C, a multiple of {@link #ROWS}
     * @param rows  from entry {@code first} on, where b_p begins in {@code b}, less {@code bShift}; n floats from there
     *              on must lie inside
     * @param panel scratch of BLOCK * WIDE floats
     */
    static void accumulate(float[] c, int cOffset, int m, int n, float[] a, float[] b, int[] rows, int first,
            int bShift, int count, float[] panel) {
        for (int col = 0; col < n; col += WIDE) {
            int width = Math.min(WIDE, n - col);
            float[] source = b;
            int[] at = rows;
            int from = first;
            int shift = bShift + col;
            if (m >= ROWS_WORTH_COPYING) {
                copyPanel(panel, width, b, rows, first, shift, count);
                source = panel;
                at = COPIED;
                from = 0;
                shift = 0;
            }
            for (int r = 0; r < m; r += ROWS) {
                int to = cOffset + col * m + r * width;
                // Two vectors make 16 accumulators, too many where there are 16 registers.
                if (LANES >= 16 && width == WIDE) {
                    update8x2(c, to, width, a, r * count, source, at, from, shift, count);
                } else {
                    for (int j = 0; j < width; j += LANES) {
                        update8x1(c, to + j, width, a, r * count, source, at, from, shift + j, count);
                    }
                }
            }
        }
    }

    private static void copyPanel(float[] panel, int width, float[] b, int[] rows, int first, int shift, int count) {
        for (int p = 0; p < count; p++) {
            int from = rows[first + p] + shift;
            FloatVector.fromArray(F, b, from).intoArray(panel, p * WIDE);
            if (width == WIDE) {
                FloatVector.fromArray(F, b, from + LANES).intoArray(panel, p * WIDE + LANES);
            }
        }
    }

    private static void update8x2(float[] c, int cOffset, int ldc, float[] a, int aOffset, float[] b,
            int[] rows, int first, int bShift, int count) {
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
        for (int p = 0; p < count; p++) {
            int s = rows[first + p] + bShift;
            FloatVector x = FloatVector.fromArray(F, b, s);
            FloatVector y = FloatVector.fromArray(F, b, s + LANES);
            FloatVector v0 = FloatVector.broadcast(F, a[aOffset + p * ROWS]);
            c0x = v0.fma(x, c0x); c0y = v0.fma(y, c0y);
            FloatVector v1 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 1]);
            c1x = v1.fma(x, c1x); c1y = v1.fma(y, c1y);
            FloatVector v2 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 2]);
            c2x = v2.fma(x, c2x); c2y = v2.fma(y, c2y);
            FloatVector v3 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 3]);
            c3x = v3.fma(x, c3x); c3y = v3.fma(y, c3y);
            FloatVector v4 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 4]);
            c4x = v4.fma(x, c4x); c4y = v4.fma(y, c4y);
            FloatVector v5 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 5]);
            c5x = v5.fma(x, c5x); c5y = v5.fma(y, c5y);
            FloatVector v6 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 6]);
            c6x = v6.fma(x, c6x); c6y = v6.fma(y, c6y);
            FloatVector v7 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 7]);
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

    private static void update8x1(float[] c, int cOffset, int ldc, float[] a, int aOffset, float[] b,
            int[] rows, int first, int bShift, int count) {
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
        for (int p = 0; p < count; p++) {
            int s = rows[first + p] + bShift;
            FloatVector x = FloatVector.fromArray(F, b, s);
            FloatVector v0 = FloatVector.broadcast(F, a[aOffset + p * ROWS]);
            c0x = v0.fma(x, c0x);
            FloatVector v1 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 1]);
            c1x = v1.fma(x, c1x);
            FloatVector v2 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 2]);
            c2x = v2.fma(x, c2x);
            FloatVector v3 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 3]);
            c3x = v3.fma(x, c3x);
            FloatVector v4 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 4]);
            c4x = v4.fma(x, c4x);
            FloatVector v5 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 5]);
            c5x = v5.fma(x, c5x);
            FloatVector v6 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 6]);
            c6x = v6.fma(x, c6x);
            FloatVector v7 = FloatVector.broadcast(F, a[aOffset + p * ROWS + 7]);
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
