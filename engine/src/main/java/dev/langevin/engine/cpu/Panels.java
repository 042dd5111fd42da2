package dev.langevin.engine.cpu;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Packs the second factor of a product into panels of {@link RowTile#WIDE} columns: element (k, j) of panel p, column
 * p * WIDE + j of the factor, lies at p * K * WIDE + k * WIDE + j. When at most LANES columns are left for the last
 * panel it is narrow, LANES columns. Columns past the end are zeros.
 */
final class Panels {
    static final int WIDE = RowTile.WIDE;

    private Panels() {
    }

    /** Panels for {@code n} columns. */
    static int count(int n) {
        return (n + WIDE - 1) / WIDE;
    }

    /** Floats of all panels of a (k, n) factor. */
    static long size(int k, int n) {
        return (long) count(n) * WIDE * k;
    }

    /** Columns of storage of panel {@code p}: WIDE or LANES. */
    static int width(int p, int n) {
        return n - p * WIDE <= Simd.LANES ? Simd.LANES : WIDE;
    }

    /** Packs panel {@code p} of rows [0, k) of a row-major (k, n) factor whose rows are {@code ld} apart. */
    static void packRows(float[] panels, int p, float[] b, int bOffset, int ld, int k, int n) {
        int width = width(p, n);
        int cols = Math.min(width, n - p * WIDE);
        int to = p * k * WIDE;
        int from = bOffset + p * WIDE;
        if (cols == WIDE) {
            copyFull(panels, to, b, from, ld, k);
            return;
        }
        for (int i = 0; i < k; i++, to += width, from += ld) {
            copyPadded(panels, to, width, b, from, cols);
        }
    }

    private static void copyFull(float[] panels, int to, float[] b, int from, int ld, int k) {
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < WIDE; j += Simd.LANES) {
                FloatVector.fromArray(Simd.F, b, from + i * ld + j).intoArray(panels, to + i * WIDE + j);
            }
        }
    }

    /**
     * Packs panel {@code p} of the transpose of a row-major (n, ld) matrix, columns [0, k) of it: column j of the
     * factor is row j of the matrix.
     */
    static void packColumns(float[] panels, int p, float[] b, int bOffset, int ld, int k, int n) {
        int width = width(p, n);
        int cols = Math.min(width, n - p * WIDE);
        int base = p * k * WIDE;
        if (cols < width) {
            Arrays.fill(panels, base, base + k * width, 0);
        }
        transpose(panels, base, width, b, bOffset + p * WIDE * ld, ld, cols, k);
    }

    /**
     * to[i, j] = from[j, i] for i in [0, cols), j in [0, rows): rows of {@code to} are {@code toStep} apart, rows of
     * {@code from} {@code step} apart.
     */
    static void transpose(float[] to, int toOffset, int toStep, float[] from, int offset, int step, int rows,
            int cols) {
        // Squares of 16: lines are read in their order in memory, and those written stay in the L1 cache meanwhile.
        int full = cols - cols % 16;
        for (int j0 = 0; j0 < rows; j0 += 16) {
            int j1 = Math.min(rows, j0 + 16);
            for (int i0 = 0; i0 < full; i0 += 16) {
                for (int j = j0; j < j1; j++) {
                    transpose16(to, toOffset + i0 * toStep + j, toStep, from, offset + j * step + i0);
                }
            }
            for (int j = j0; j < j1; j++) {
                for (int i = full; i < cols; i++) {
                    to[toOffset + i * toStep + j] = from[offset + j * step + i];
                }
            }
        }
    }

    private static void transpose16(float[] to, int write, int step, float[] from, int read) {
        for (int i = 0; i < 16; i++) {
            to[write + i * step] = from[read + i];
        }
    }

    /** Copies {@code cols} floats and fills up to {@code width} with zeros. */
    static void copyPadded(float[] to, int toOffset, int width, float[] from, int fromOffset, int cols) {
        System.arraycopy(from, fromOffset, to, toOffset, cols);
        for (int j = cols; j < width; j++) {
            to[toOffset + j] = 0;
        }
    }
}
