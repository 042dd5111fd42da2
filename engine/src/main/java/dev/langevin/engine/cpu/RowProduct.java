package dev.langevin.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows read in place with packed panels, written to rows anywhere: the loop over tiles of
 * {@link RowTile} and its epilogue, and the variant for few columns.
 */
final class RowProduct {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int LANES = Simd.LANES;
    private static final int PARTS = Lanes.PARTS;
    private static final int WIDE = RowTile.WIDE;
    /**
     * Up to this many columns one dot product per element beats a tile: a tile of LANES columns does the work of 16,
     * a dot product costs about 1.3 of one column and a sum over lanes.
     */
    private static final int MOST_DOT_COLUMNS = 4;

    private RowProduct() {
    }

    /** Whether {@link #dot} is to be used for {@code n} columns and runs of {@code runLength}. */
    static boolean prefersDot(int n, int runLength) {
        return n <= MOST_DOT_COLUMNS && runLength >= 2 * Lanes.PARTS;
    }

    /** Repeats the last of {@code count} rows until {@link RowTile#ROWS} more entries are valid. */
    static void padRows(int[] rows, int count) {
        for (int i = 0; i < RowTile.ROWS; i++) {
            rows[count + i] = rows[count - 1];
        }
    }

    /**
     * c[writeAt[r] + j] = sum over k of row r of a times column j of the panels, plus bias[j], plus z[writeAt[r] + j].
     *
     * @param c        written at columns [panelFrom * WIDE, min(n, panelTo * WIDE)) of each row
     * @param writeAt  where row r of the product begins in {@code c}
     * @param readAt   where row r begins in {@code a}, padded by {@link #padRows}
     * @param count    rows
     * @param n        columns of the product
     * @param panels   packed by {@link Panels} from {@code panelsOffset} on
     * @param bias     n floats, or null
     * @param z        like {@code c}, may be {@code c}; or null
     * @param tile     scratch of ROWS * WIDE floats
     */
    static void multiply(float[] c, int[] writeAt, float[] a, int[] readAt, int count, int runs, int runLength,
            int runStride, float[] panels, int panelsOffset, int panelFrom, int panelTo, int n, float[] bias,
            float[] z, float[] tile) {
        int k = runs * runLength;
        for (int p = panelFrom; p < panelTo; p++) {
            int col = p * WIDE;
            int cols = Math.min(WIDE, n - col);
            boolean narrow = cols <= LANES;
            for (int r = 0; r < count; r += RowTile.ROWS) {
                int used = Math.min(RowTile.ROWS, count - r);
                RowTile.multiply(tile, 0, WIDE, a, readAt, r, used, runs, runLength, runStride, panels, panelsOffset + col * k, narrow);
                store(c, writeAt, r, used, col, cols, tile, bias, z);
            }
        }
    }

    private static void store(float[] c, int[] writeAt, int r, int used, int col, int cols, float[] tile, float[] bias,
            float[] z) {
        for (int i = 0; i < used; i++) {
            int to = writeAt[r + i] + col;
            int from = i * WIDE;
            int j = 0;
            for (; j <= cols - LANES; j += LANES) {
                FloatVector v = FloatVector.fromArray(F, tile, from + j);
                if (bias != null) {
                    v = v.add(FloatVector.fromArray(F, bias, col + j));
                }
                if (z != null) {
                    v = v.add(FloatVector.fromArray(F, z, to + j));
                }
                v.intoArray(c, to + j);
            }
            for (; j < cols; j++) {
                float v = tile[from + j];
                if (bias != null) {
                    v += bias[col + j];
                }
                c[to + j] = z == null ? v : v + z[to + j];
            }
        }
    }

    /**
     * The same product for few columns: c[writeAt[r] + j] = sum over k of row r of a times row j of b, plus bias[j], plus
     * z[writeAt[r] + j].
     *
     * @param b (n, runs * runLength), row-major, from {@code bOffset} on
     */
    static void dot(float[] c, int[] writeAt, float[] a, int[] readAt, int count, int runs, int runLength,
            int runStride, float[] b, int bOffset, int n, float[] bias, float[] z) {
        int k = runs * runLength;
        float[] parts = Scratch.local().floats(Scratch.LANES, 4 * PARTS);
        for (int r = 0; r < count; r += 4) {
            int used = Math.min(4, count - r);
            for (int j = 0; j < n; j++) {
                for (int lane = 0; lane < PARTS; lane += LANES) {
                    dot4(parts, lane, a, readAt[r], readAt[r + 1], readAt[r + 2], readAt[r + 3], runs, runLength, runStride,
                            b, bOffset + j * k);
                }
                float shift = bias == null ? 0 : bias[j];
                for (int i = 0; i < used; i++) {
                    int to = writeAt[r + i] + j;
                    float v = Lanes.sum(parts, i * PARTS) + shift;
                    c[to] = z == null ? v : v + z[to];
                }
            }
        }
    }

    /** LANES of the {@link Lanes#PARTS} partial sums of each of four dot products, those from {@code lane} on. */
    private static void dot4(float[] out, int lane, float[] a, int i0, int i1, int i2, int i3, int runs, int runLength,
            int runStride, float[] b, int bOffset) {
        FloatVector zero = FloatVector.zero(F);
        FloatVector c0 = zero, c1 = zero, c2 = zero, c3 = zero;
        FloatVector d0 = zero, d1 = zero, d2 = zero, d3 = zero;
        int pairs = runLength - runLength % (2 * PARTS);
        for (int run = 0, o = 0, from = bOffset; run < runs; run++, o += runStride, from += runLength) {
            int k = lane;
            for (; k < pairs; k += 2 * PARTS) {
                FloatVector x = FloatVector.fromArray(F, b, from + k);
                FloatVector y = FloatVector.fromArray(F, b, from + k + PARTS);
                c0 = x.fma(FloatVector.fromArray(F, a, i0 + o + k), c0);
                d0 = y.fma(FloatVector.fromArray(F, a, i0 + o + k + PARTS), d0);
                c1 = x.fma(FloatVector.fromArray(F, a, i1 + o + k), c1);
                d1 = y.fma(FloatVector.fromArray(F, a, i1 + o + k + PARTS), d1);
                c2 = x.fma(FloatVector.fromArray(F, a, i2 + o + k), c2);
                d2 = y.fma(FloatVector.fromArray(F, a, i2 + o + k + PARTS), d2);
                c3 = x.fma(FloatVector.fromArray(F, a, i3 + o + k), c3);
                d3 = y.fma(FloatVector.fromArray(F, a, i3 + o + k + PARTS), d3);
            }
            // Masked, not padded with zero weights: zero times a neighbour's infinity would be NaN.
            for (; k < runLength; k += PARTS) {
                VectorMask<Float> m = F.indexInRange(k, runLength);
                FloatVector x = FloatVector.fromArray(F, b, from + k, m);
                c0 = x.fma(FloatVector.fromArray(F, a, i0 + o + k, m), c0);
                c1 = x.fma(FloatVector.fromArray(F, a, i1 + o + k, m), c1);
                c2 = x.fma(FloatVector.fromArray(F, a, i2 + o + k, m), c2);
                c3 = x.fma(FloatVector.fromArray(F, a, i3 + o + k, m), c3);
            }
        }
        c0.add(d0).intoArray(out, lane);
        c1.add(d1).intoArray(out, PARTS + lane);
        c2.add(d2).intoArray(out, 2 * PARTS + lane);
        c3.add(d3).intoArray(out, 3 * PARTS + lane);
    }
}
