package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The gradient of a convolution with respect to its weights,
 * dw[o, ky, kx, c] = sum of dy[n, i, j, o] x[n, i stride + ky - pad, j stride + kx - pad, c] over n, i, j,
 * as a sum of outer products over pixels: rows are output channels, columns are the input channels under each tap
 * (ky, kx) in turn. {@link FewChannelsBackwardFilter} serves the shapes whose tiles would stay empty.
 *
 * <p>Pixels are cut into parts by the shape alone and the partial sums are added in order, so the bits do not depend on
 * the number of threads.
 */
final class Conv2dBackwardFilter {
    /** A partial sum costs as much as about 50 pixels: written as zeros, fetched, added. */
    private static final int LEAST_PIXELS = 1536;
    private static final int MOST_PARTS = 16;
    /** Floats of all partial sums, unless one copy of dw has more. */
    private static final int MOST_PARTIALS = 1 << 21;
    /** Tasks wanted, so that a machine with more cores than parts is busy too. */
    private static final int TASKS = 24;
    /** Fewer columns than this do not pay for packing the rows once more. */
    private static final int LEAST_COLUMNS = 128;

    private Conv2dBackwardFilter() {
    }

    /**
     * Computes dw.
     *
     * @param dw (O, kh, kw, I), written
     * @param dy (N, H', W', O)
     * @param x  (N, H, W, I)
     */
    static void run(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        if (Conv2dAlgorithm.backwardFilter(g) == Conv2dAlgorithm.GATHERED_TAPS) {
            FewChannelsBackwardFilter.run(dw, dy, x, g, g.ci() <= g.co());
        } else {
            manyChannels(dw, dy, x, g);
        }
    }

    private static void manyChannels(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        int rows = roundUp(g.co(), OuterTile.ROWS);
        int pixels = Math.multiplyExact(g.n(), g.oh() * g.ow());
        int perTap = (g.ci() + OuterTile.WIDE - 1) / OuterTile.WIDE;
        int panels = g.kh() * g.kw() * perTap;
        int size = Math.multiplyExact(rows, panels * OuterTile.WIDE);
        int parts = Integer.highestOneBit(
                Math.clamp(Math.min(pixels / LEAST_PIXELS, MOST_PARTIALS / g.weightSize()), 1, MOST_PARTS));
        int groups = Math.clamp(TASKS / parts, 1, Math.max(1, panels * OuterTile.WIDE / LEAST_COLUMNS));
        float[] partials = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        Parallel.run(parts * groups, task -> {
            int part = task / groups;
            int group = task % groups;
            int first = panels * group / groups;
            int last = panels * (group + 1) / groups;
            int panelSize = rows * OuterTile.WIDE;
            Arrays.fill(partials, part * size + first * panelSize, part * size + last * panelSize, 0);
            int from = (int) ((long) pixels * part / parts);
            int to = (int) ((long) pixels * (part + 1) / parts);
            int blocks = (to - from + OuterTile.BLOCK - 1) / OuterTile.BLOCK;
            for (int block = 0; block < blocks; block++) {
                pixels(partials, part * size, rows, first, last, perTap, dy, x, g,
                        from + (int) ((long) (to - from) * block / blocks),
                        from + (int) ((long) (to - from) * (block + 1) / blocks));
            }
        });
        int taps = g.kh() * g.kw();
        Parallel.chunks(g.co(), Math.max(1, 16384 / (taps * g.ci())), (from, to) -> {
            for (int o = from; o < to; o++) {
                for (int panel = 0; panel < panels; panel++) {
                    int col = panel % perTap * OuterTile.WIDE;
                    int at = panel * rows * OuterTile.WIDE + o * OuterTile.width(col, g.ci());
                    sum(dw, (o * taps + panel / perTap) * g.ci() + col, partials, at, size, parts,
                            Math.min(OuterTile.WIDE, g.ci() - col));
                }
            }
        });
    }

    /** Adds output pixels [from, to), at most BLOCK, to panels [first, last) of one part. */
    private static void pixels(float[] c, int cOffset, int m, int first, int last, int perTap, float[] dy, float[] x,
            Conv2dGeometry g, int from, int to) {
        Scratch scratch = Scratch.local();
        int count = to - from;
        float[] a = scratch.floats(Scratch.ROWS_A, (long) OuterTile.BLOCK * m);
        OuterTile.packRows(a, dy, from * g.co(), g.co(), m, g.co(), count);
        int[] windows = scratch.ints(Scratch.READ_AT, 3 * OuterTile.BLOCK);
        windows(windows, g, from, count);
        int[] at = scratch.ints(Scratch.WRITE_AT, OuterTile.BLOCK);
        float[] b = scratch.floats(Scratch.PANELS, OuterTile.BLOCK * OuterTile.WIDE);
        for (int panel = first; panel < last; panel++) {
            int tap = panel / perTap;
            int col = panel % perTap * OuterTile.WIDE;
            if (panel == first || col == 0) {
                underTap(at, windows, count, tap / g.kw(), tap % g.kw(), g);
            }
            int width = OuterTile.width(col, g.ci());
            OuterTile.accumulate(c, cOffset + panel * m * OuterTile.WIDE, m, width, Math.min(width, g.ci() - col), a, x,
                    at, col, b, count);
        }
    }

    /** Of each output pixel's window: its first row, its first column, and where that lies in x. */
    private static void windows(int[] windows, Conv2dGeometry g, int from, int count) {
        int j = from % g.ow();
        int i = from / g.ow() % g.oh();
        int image = from / g.ow() / g.oh();
        for (int p = 0; p < count; p++) {
            int top = i * g.stride() - g.pad();
            int left = j * g.stride() - g.pad();
            windows[p] = top;
            windows[OuterTile.BLOCK + p] = left;
            windows[2 * OuterTile.BLOCK + p] = ((image * g.h() + top) * g.w() + left) * g.ci();
            if (++j == g.ow()) {
                j = 0;
                if (++i == g.oh()) {
                    i = 0;
                    image++;
                }
            }
        }
    }

    /** Where the channels under one tap lie in x, for each window. */
    private static void underTap(int[] at, int[] windows, int count, int ky, int kx, Conv2dGeometry g) {
        int h = g.h();
        int w = g.w();
        int shift = (ky * w + kx) * g.ci();
        for (int p = 0; p < count; p++) {
            int y = windows[p] + ky;
            int x = windows[OuterTile.BLOCK + p] + kx;
            boolean inside = y >= 0 && y < h && x >= 0 && x < w;
            at[p] = inside ? windows[2 * OuterTile.BLOCK + p] + shift : OuterTile.OUTSIDE;
        }
    }

    /** to[j] = sum over parts of from[j], in order; parts lie {@code size} apart. */
    private static void sum(float[] to, int toOffset, float[] from, int fromOffset, int size, int parts, int count) {
        int j = 0;
        for (; j <= count - LANES; j += LANES) {
            FloatVector sum = FloatVector.fromArray(Simd.F, from, fromOffset + j);
            for (int part = 1; part < parts; part++) {
                sum = sum.add(FloatVector.fromArray(Simd.F, from, fromOffset + part * size + j));
            }
            sum.intoArray(to, toOffset + j);
        }
        for (; j < count; j++) {
            float sum = from[fromOffset + j];
            for (int part = 1; part < parts; part++) {
                sum += from[fromOffset + part * size + j];
            }
            to[toOffset + j] = sum;
        }
    }

    static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
