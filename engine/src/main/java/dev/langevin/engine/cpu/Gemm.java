package dev.langevin.engine.cpu;

/**
 * Matrix products of row-major float32 matrices: C (M, N) = op(A) (M, K) op(B) (K, N), where op is the identity or the
 * transpose. op(B) is packed into panels once per call; A is read in place when it is not transposed. An element of
 * C is one sum in order of k, cut into blocks of {@value #K_BLOCK}: its bits depend neither on the number of
 * threads nor on the vector width.
 */
public final class Gemm {
    private static final int K_BLOCK = 1024;
    private static final int ROW_BLOCK = 64;
    /** Fewer rows than this do not pay for fetching the panels once more. */
    private static final int LEAST_ROWS = 32;

    private Gemm() {
    }

    /** {@link #multiply} of whole matrices that begin at 0, without transposes, bias or accumulation. */
    public static void multiply(float[] c, float[] a, float[] b, int m, int n, int k) {
        multiply(c, 0, a, 0, false, b, 0, false, null, m, n, k, false);
    }

    /**
     * C = op(A) op(B) + bias, or C += op(A) op(B) + bias.
     *
     * @param c          (M, N) from {@code cOffset} on; written
     * @param a          (M, K), or (K, M) when {@code transposeA}, from {@code aOffset} on
     * @param b          (K, N), or (N, K) when {@code transposeB}, from {@code bOffset} on
     * @param bias       (N), added to each row; or null
     * @param accumulate adds to C instead of replacing it
     */
    public static void multiply(float[] c, int cOffset, float[] a, int aOffset, boolean transposeA, float[] b,
            int bOffset, boolean transposeB, float[] bias, int m, int n, int k, boolean accumulate) {
        if (m == 0 || n == 0) {
            return;
        }
        int panelCount = Panels.count(n);
        // Row blocks and groups of panels only share out the work, evenly; no sum is cut by them.
        int tasks = 4 * Parallel.threads();
        int rowBlock = Math.clamp(m / tasks & -8, LEAST_ROWS, ROW_BLOCK);
        int rowBlocks = (m + rowBlock - 1) / rowBlock;
        int groups = Math.clamp(tasks / rowBlocks, 1, panelCount);
        int groupSize = (panelCount + groups - 1) / groups;
        int groupCount = (panelCount + groupSize - 1) / groupSize;
        float[] panels = Scratch.local().floats(Scratch.SHARED_PANELS, Panels.size(Math.min(k, K_BLOCK), n));
        int k0 = 0;
        do {
            int from = k0;
            int depth = Math.min(K_BLOCK, k - k0);
            Parallel.run(panelCount, p -> pack(panels, p, b, bOffset, transposeB, from, depth, n, k));
            Parallel.run(rowBlocks * groupCount, task -> {
                int row = task / groupCount * rowBlock;
                int panel = task % groupCount * groupSize;
                rows(c, cOffset, a, aOffset, transposeA, panels, panel, Math.min(panelCount, panel + groupSize),
                        from == 0 ? bias : null, row, Math.min(rowBlock, m - row), m, n, k, from, depth,
                        accumulate || from > 0);
            });
            k0 += K_BLOCK;
        } while (k0 < k);
    }

    /**
     * {@code batch} independent products, C_i = op(A_i) op(B_i) or C_i += op(A_i) op(B_i), the matrices of one factor
     * {@code aStride}, {@code bStride}, {@code cStride} floats apart (0 shares a factor).
     *
     * @param c (batch, M, N) from {@code cOffset} on; written
     * @param a (batch, M, K), or (batch, K, M) when {@code transposeA}, from {@code aOffset} on
     * @param b (batch, K, N), or (batch, N, K) when {@code transposeB}, from {@code bOffset} on
     */
    public static void multiplyBatched(int batch, float[] c, int cOffset, int cStride, float[] a, int aOffset,
            int aStride, boolean transposeA, float[] b, int bOffset, int bStride, boolean transposeB, int m, int n,
            int k, boolean accumulate) {
        if (batch < 2 * Parallel.threads() && (double) m * n * k > 100_000) {
            for (int i = 0; i < batch; i++) {
                multiply(c, cOffset + i * cStride, a, aOffset + i * aStride, transposeA, b, bOffset + i * bStride,
                        transposeB, null, m, n, k, accumulate);
            }
            return;
        }
        Parallel.run(batch, i -> sequential(c, cOffset + i * cStride, a, aOffset + i * aStride, transposeA, b,
                bOffset + i * bStride, transposeB, m, n, k, accumulate));
    }

    private static void sequential(float[] c, int cOffset, float[] a, int aOffset, boolean transposeA, float[] b,
            int bOffset, boolean transposeB, int m, int n, int k, boolean accumulate) {
        if (m == 0 || n == 0) {
            return;
        }
        int panelCount = Panels.count(n);
        float[] panels = Scratch.local().floats(Scratch.PANELS, Panels.size(Math.min(k, K_BLOCK), n));
        int k0 = 0;
        do {
            int depth = Math.min(K_BLOCK, k - k0);
            for (int p = 0; p < panelCount; p++) {
                pack(panels, p, b, bOffset, transposeB, k0, depth, n, k);
            }
            for (int row = 0; row < m; row += ROW_BLOCK) {
                rows(c, cOffset, a, aOffset, transposeA, panels, 0, panelCount, null, row,
                        Math.min(ROW_BLOCK, m - row), m, n, k, k0, depth, accumulate || k0 > 0);
            }
            k0 += K_BLOCK;
        } while (k0 < k);
    }

    private static void pack(float[] panels, int p, float[] b, int bOffset, boolean transposed, int k0, int depth,
            int n, int k) {
        if (transposed) {
            Panels.packColumns(panels, p, b, bOffset + k0, k, depth, n);
        } else {
            Panels.packRows(panels, p, b, bOffset + k0 * n, n, depth, n);
        }
    }

    /** Rows [row, row + count) of C, columns of panels [panelFrom, panelTo), terms [k0, k0 + depth). */
    private static void rows(float[] c, int cOffset, float[] a, int aOffset, boolean transposeA, float[] panels,
            int panelFrom, int panelTo, float[] bias, int row, int count, int m, int n, int k, int k0, int depth,
            boolean add) {
        Scratch scratch = Scratch.local();
        int[] readAt = scratch.ints(Scratch.READ_AT, ROW_BLOCK + RowTile.ROWS);
        int[] writeAt = scratch.ints(Scratch.WRITE_AT, ROW_BLOCK);
        float[] tile = scratch.floats(Scratch.TILE, RowTile.ROWS * RowTile.WIDE);
        float[] from = a;
        // One line more than the depth: rows a power of two apart would fall into one set of the cache.
        int ld = depth + 16;
        if (transposeA) {
            from = scratch.floats(Scratch.ROWS_A, (long) count * ld);
            Panels.transpose(from, 0, ld, a, aOffset + k0 * m + row, m, depth, count);
        }
        for (int r = 0; r < count; r++) {
            readAt[r] = transposeA ? r * ld : aOffset + (row + r) * k + k0;
            writeAt[r] = cOffset + (row + r) * n;
        }
        RowProduct.padRows(readAt, count);
        RowProduct.multiply(c, writeAt, from, readAt, count, 1, depth, 0, panels, 0, panelFrom, panelTo, n, bias,
                add ? c : null, tile);
    }
}
