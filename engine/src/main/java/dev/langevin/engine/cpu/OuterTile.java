package dev.langevin.engine.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Micro-kernels that add outer products: C (m, n) += sum over p of a_p b_p^T. This is the gradient of weights, p running
 * over pixels. Both factors are packed: where the compiler does not know the step, it checks the bounds of each
 * element, which costs 10 %. One accumulator per element and one pass in order of p, so the bits depend neither on the tile nor
 * on the vector width.
 */
final class OuterTile {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    /** Rows of a tile; the rows of C are a multiple of it. */
    static final int ROWS = 8;
    /** One pixel of a tile of rows; not a species of ROWS lanes, for {@link Simd} allows only one. */
    private static final VectorMask<Float> TILE = F.indexInRange(0, ROWS);
    /** Most columns of a panel of C. Two vectors make 16 accumulators, too many where there are 16 registers. */
    static final int WIDE = LANES >= 16 ? 2 * LANES : LANES;
    /** Pixels taken at once: a tile's share of both factors, 20 KiB, stays in the L1 cache. */
    static final int BLOCK = 128;
    /** Instead of a position: all zeros. */
    static final int OUTSIDE = Integer.MIN_VALUE;

    private OuterTile() {
    }

    /** Columns of the panel that begins at column {@code col} of {@code n}: LANES when no more are left, else WIDE. */
    static int width(int col, int n) {
        return n - col <= LANES ? LANES : WIDE;
    }

    /**
     * Copies columns [0, m) of {@code count} rows of a, {@code step} apart, into tiles (m / ROWS, count, ROWS).
     * Columns from {@code used} on become zeros.
     */
    static void packRows(float[] packed, float[] a, int aOffset, int step, int m, int used, int count) {
        int full = used - used % ROWS;
        int p = 0;
        // Eight rows at a time: a is read about in its order in memory.
        for (; p <= count - 8; p += 8) {
            for (int r = 0; r < full; r += ROWS) {
                packSquare(packed, r * count + p * ROWS, a, aOffset + p * step + r, step);
            }
        }
        for (; p < count; p++) {
            for (int r = 0; r < full; r += ROWS) {
                packRow(packed, r * count + p * ROWS, a, aOffset + p * step + r);
            }
        }
        if (full < m) {
            for (p = 0; p < count; p++) {
                for (int r = full; r < m; r++) {
                    packed[r / ROWS * ROWS * count + p * ROWS + r % ROWS] = r < used ? a[aOffset + p * step + r] : 0;
                }
            }
        }
    }

    private static void packSquare(float[] packed, int to, float[] a, int from, int step) {
        packRow(packed, to, a, from);
        packRow(packed, to + ROWS, a, from + step);
        packRow(packed, to + 2 * ROWS, a, from + 2 * step);
        packRow(packed, to + 3 * ROWS, a, from + 3 * step);
        packRow(packed, to + 4 * ROWS, a, from + 4 * step);
        packRow(packed, to + 5 * ROWS, a, from + 5 * step);
        packRow(packed, to + 6 * ROWS, a, from + 6 * step);
        packRow(packed, to + 7 * ROWS, a, from + 7 * step);
    }

    private static void packRow(float[] packed, int to, float[] a, int from) {
        if (LANES > ROWS) {
            FloatVector.fromArray(F, a, from, TILE).intoArray(packed, to, TILE);
            return;
        }
        for (int i = 0; i < ROWS; i += LANES) {
            FloatVector.fromArray(F, a, from + i).intoArray(packed, to + i);
        }
    }

    /**
     * Adds the outer products of {@code count} pixels to one panel of C, with b_p read in place.
     *
     * @param c     (m, width) from {@code cOffset} on; updated
     * @param m     a multiple of {@link #ROWS}
     * @param width see {@link #width}
     * @param used  columns of x to read, at most {@code width}; the others count as zeros
     * @param a     (m / ROWS, count, ROWS), see {@link #packRows}
     * @param at    where b_p begins in {@code x}, less {@code shift}; or OUTSIDE: b_p is zero
     * @param panel receives b (count, width)
     */
    static void accumulate(float[] c, int cOffset, int m, int width, int used, float[] a, float[] x, int[] at,
            int shift, float[] panel, int count) {
        if (width == LANES || used < width) {
            copyPanel(panel, width, used, x, at, shift, count);
            accumulate(c, cOffset, m, width, a, panel, 0, count);
            return;
        }
        copyAndUpdate8x2(c, cOffset, a, x, at, shift, panel, count);
        for (int r = ROWS; r < m; r += ROWS) {
            update8x2(c, cOffset + r * WIDE, a, r * count, panel, 0, count);
        }
    }

    private static void copyPanel(float[] panel, int width, int used, float[] x, int[] at, int shift, int count) {
        if (used == LANES && width == LANES) {
            copyVectors(panel, x, at, shift, count);
            return;
        }
        for (int p = 0; p < count; p++) {
            int read = at[p] == OUTSIDE ? 0 : used;
            if (read > 0) {
                System.arraycopy(x, at[p] + shift, panel, p * width, read);
            }
            Arrays.fill(panel, p * width + read, (p + 1) * width, 0);
        }
    }

    private static void copyVectors(float[] panel, float[] x, int[] at, int shift, int count) {
        for (int p = 0; p < count; p++) {
            if (at[p] == OUTSIDE) {
                Arrays.fill(panel, p * LANES, (p + 1) * LANES, 0);
            } else {
                FloatVector.fromArray(F, x, at[p] + shift).intoArray(panel, p * LANES);
            }
        }
    }

    /**
     * Adds the outer products of {@code count} pixels to one panel of C.
     *
     * @param c     (m, width) from {@code cOffset} on; updated
     * @param m     a multiple of {@link #ROWS}
     * @param width see {@link #width}
     * @param a     (m / ROWS, count, ROWS), see {@link #packRows}
     * @param b     (count, width) from {@code bOffset} on
     */
    static void accumulate(float[] c, int cOffset, int m, int width, float[] a, float[] b, int bOffset, int count) {
        for (int r = 0; r < m; r += ROWS) {
            if (width == LANES) {
                update8x1(c, cOffset + r * LANES, a, r * count, b, bOffset, count);
            } else {
                update8x2(c, cOffset + r * WIDE, a, r * count, b, bOffset, count);
            }
        }
    }

    private static void update8x2(float[] c, int cOffset, float[] a, int aOffset, float[] b, int bOffset,
            int count) {
        FloatVector c0x = FloatVector.fromArray(F, c, cOffset);
        FloatVector c0y = FloatVector.fromArray(F, c, cOffset + LANES);
        FloatVector c1x = FloatVector.fromArray(F, c, cOffset + WIDE);
        FloatVector c1y = FloatVector.fromArray(F, c, cOffset + WIDE + LANES);
        FloatVector c2x = FloatVector.fromArray(F, c, cOffset + 2 * WIDE);
        FloatVector c2y = FloatVector.fromArray(F, c, cOffset + 2 * WIDE + LANES);
        FloatVector c3x = FloatVector.fromArray(F, c, cOffset + 3 * WIDE);
        FloatVector c3y = FloatVector.fromArray(F, c, cOffset + 3 * WIDE + LANES);
        FloatVector c4x = FloatVector.fromArray(F, c, cOffset + 4 * WIDE);
        FloatVector c4y = FloatVector.fromArray(F, c, cOffset + 4 * WIDE + LANES);
        FloatVector c5x = FloatVector.fromArray(F, c, cOffset + 5 * WIDE);
        FloatVector c5y = FloatVector.fromArray(F, c, cOffset + 5 * WIDE + LANES);
        FloatVector c6x = FloatVector.fromArray(F, c, cOffset + 6 * WIDE);
        FloatVector c6y = FloatVector.fromArray(F, c, cOffset + 6 * WIDE + LANES);
        FloatVector c7x = FloatVector.fromArray(F, c, cOffset + 7 * WIDE);
        FloatVector c7y = FloatVector.fromArray(F, c, cOffset + 7 * WIDE + LANES);
        for (int p = 0; p < count; p++) {
            FloatVector x = FloatVector.fromArray(F, b, bOffset + p * WIDE);
            FloatVector y = FloatVector.fromArray(F, b, bOffset + p * WIDE + LANES);
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
        c0x.intoArray(c, cOffset);
        c0y.intoArray(c, cOffset + LANES);
        c1x.intoArray(c, cOffset + WIDE);
        c1y.intoArray(c, cOffset + WIDE + LANES);
        c2x.intoArray(c, cOffset + 2 * WIDE);
        c2y.intoArray(c, cOffset + 2 * WIDE + LANES);
        c3x.intoArray(c, cOffset + 3 * WIDE);
        c3y.intoArray(c, cOffset + 3 * WIDE + LANES);
        c4x.intoArray(c, cOffset + 4 * WIDE);
        c4y.intoArray(c, cOffset + 4 * WIDE + LANES);
        c5x.intoArray(c, cOffset + 5 * WIDE);
        c5y.intoArray(c, cOffset + 5 * WIDE + LANES);
        c6x.intoArray(c, cOffset + 6 * WIDE);
        c6y.intoArray(c, cOffset + 6 * WIDE + LANES);
        c7x.intoArray(c, cOffset + 7 * WIDE);
        c7y.intoArray(c, cOffset + 7 * WIDE + LANES);
    }

    /** The tile of the first rows, which copies the panel for the others: the stores cost nothing beside the products. */
    private static void copyAndUpdate8x2(float[] c, int cOffset, float[] a, float[] x, int[] at, int shift, float[] b,
            int count) {
        FloatVector c0x = FloatVector.fromArray(F, c, cOffset);
        FloatVector c0y = FloatVector.fromArray(F, c, cOffset + LANES);
        FloatVector c1x = FloatVector.fromArray(F, c, cOffset + WIDE);
        FloatVector c1y = FloatVector.fromArray(F, c, cOffset + WIDE + LANES);
        FloatVector c2x = FloatVector.fromArray(F, c, cOffset + 2 * WIDE);
        FloatVector c2y = FloatVector.fromArray(F, c, cOffset + 2 * WIDE + LANES);
        FloatVector c3x = FloatVector.fromArray(F, c, cOffset + 3 * WIDE);
        FloatVector c3y = FloatVector.fromArray(F, c, cOffset + 3 * WIDE + LANES);
        FloatVector c4x = FloatVector.fromArray(F, c, cOffset + 4 * WIDE);
        FloatVector c4y = FloatVector.fromArray(F, c, cOffset + 4 * WIDE + LANES);
        FloatVector c5x = FloatVector.fromArray(F, c, cOffset + 5 * WIDE);
        FloatVector c5y = FloatVector.fromArray(F, c, cOffset + 5 * WIDE + LANES);
        FloatVector c6x = FloatVector.fromArray(F, c, cOffset + 6 * WIDE);
        FloatVector c6y = FloatVector.fromArray(F, c, cOffset + 6 * WIDE + LANES);
        FloatVector c7x = FloatVector.fromArray(F, c, cOffset + 7 * WIDE);
        FloatVector c7y = FloatVector.fromArray(F, c, cOffset + 7 * WIDE + LANES);
        for (int p = 0; p < count; p++) {
            int from = at[p];
            if (from == OUTSIDE) {
                // Not a vector: where this is seldom reached, the compiler would make an object of it in each call.
                Arrays.fill(b, p * WIDE, (p + 1) * WIDE, 0);
                continue;
            }
            FloatVector u = FloatVector.fromArray(F, x, from + shift);
            FloatVector v = FloatVector.fromArray(F, x, from + shift + LANES);
            u.intoArray(b, p * WIDE);
            v.intoArray(b, p * WIDE + LANES);
            FloatVector w0 = FloatVector.broadcast(F, a[p * ROWS]);
            c0x = w0.fma(u, c0x); c0y = w0.fma(v, c0y);
            FloatVector w1 = FloatVector.broadcast(F, a[p * ROWS + 1]);
            c1x = w1.fma(u, c1x); c1y = w1.fma(v, c1y);
            FloatVector w2 = FloatVector.broadcast(F, a[p * ROWS + 2]);
            c2x = w2.fma(u, c2x); c2y = w2.fma(v, c2y);
            FloatVector w3 = FloatVector.broadcast(F, a[p * ROWS + 3]);
            c3x = w3.fma(u, c3x); c3y = w3.fma(v, c3y);
            FloatVector w4 = FloatVector.broadcast(F, a[p * ROWS + 4]);
            c4x = w4.fma(u, c4x); c4y = w4.fma(v, c4y);
            FloatVector w5 = FloatVector.broadcast(F, a[p * ROWS + 5]);
            c5x = w5.fma(u, c5x); c5y = w5.fma(v, c5y);
            FloatVector w6 = FloatVector.broadcast(F, a[p * ROWS + 6]);
            c6x = w6.fma(u, c6x); c6y = w6.fma(v, c6y);
            FloatVector w7 = FloatVector.broadcast(F, a[p * ROWS + 7]);
            c7x = w7.fma(u, c7x); c7y = w7.fma(v, c7y);
        }
        c0x.intoArray(c, cOffset);
        c0y.intoArray(c, cOffset + LANES);
        c1x.intoArray(c, cOffset + WIDE);
        c1y.intoArray(c, cOffset + WIDE + LANES);
        c2x.intoArray(c, cOffset + 2 * WIDE);
        c2y.intoArray(c, cOffset + 2 * WIDE + LANES);
        c3x.intoArray(c, cOffset + 3 * WIDE);
        c3y.intoArray(c, cOffset + 3 * WIDE + LANES);
        c4x.intoArray(c, cOffset + 4 * WIDE);
        c4y.intoArray(c, cOffset + 4 * WIDE + LANES);
        c5x.intoArray(c, cOffset + 5 * WIDE);
        c5y.intoArray(c, cOffset + 5 * WIDE + LANES);
        c6x.intoArray(c, cOffset + 6 * WIDE);
        c6y.intoArray(c, cOffset + 6 * WIDE + LANES);
        c7x.intoArray(c, cOffset + 7 * WIDE);
        c7y.intoArray(c, cOffset + 7 * WIDE + LANES);
    }

    private static void update8x1(float[] c, int cOffset, float[] a, int aOffset, float[] b, int bOffset,
            int count) {
        FloatVector c0x = FloatVector.fromArray(F, c, cOffset);
        FloatVector c1x = FloatVector.fromArray(F, c, cOffset + LANES);
        FloatVector c2x = FloatVector.fromArray(F, c, cOffset + 2 * LANES);
        FloatVector c3x = FloatVector.fromArray(F, c, cOffset + 3 * LANES);
        FloatVector c4x = FloatVector.fromArray(F, c, cOffset + 4 * LANES);
        FloatVector c5x = FloatVector.fromArray(F, c, cOffset + 5 * LANES);
        FloatVector c6x = FloatVector.fromArray(F, c, cOffset + 6 * LANES);
        FloatVector c7x = FloatVector.fromArray(F, c, cOffset + 7 * LANES);
        for (int p = 0; p < count; p++) {
            FloatVector x = FloatVector.fromArray(F, b, bOffset + p * LANES);
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
        c0x.intoArray(c, cOffset);
        c1x.intoArray(c, cOffset + LANES);
        c2x.intoArray(c, cOffset + 2 * LANES);
        c3x.intoArray(c, cOffset + 3 * LANES);
        c4x.intoArray(c, cOffset + 4 * LANES);
        c5x.intoArray(c, cOffset + 5 * LANES);
        c6x.intoArray(c, cOffset + 6 * LANES);
        c7x.intoArray(c, cOffset + 7 * LANES);
    }
}
