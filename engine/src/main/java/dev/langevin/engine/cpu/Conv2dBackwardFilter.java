package dev.langevin.engine.cpu;

import java.util.Arrays;

/**
 * The gradient of a convolution with respect to its weights,
 * dw[o, ky, kx, c] = sum of dy[n, i, j, o] x[n, i stride + ky - pad, j stride + kx - pad, c] over n, i, j,
 * as a sum of outer products over pixels. Three ways, by shape:
 * <ul>
 * <li>rows are output channels read from dy in place, columns are the kw * I floats under a row of the kernel, read in
 * place from a slab of padded input;</li>
 * <li>few input channels: rows are the taps (ky, kx, c), gathered for a block of pixels, columns are output
 * channels;</li>
 * <li>few output channels: the same with the parts of x and dy exchanged.</li>
 * </ul>
 * Pixels are cut into parts by the shape alone and the partial sums are added in order, so the bits do not depend on
 * the number of threads; together the partial sums take at most {@value #MOST_PARTIALS} floats, or one copy of dw.
 */
final class Conv2dBackwardFilter {
    private static final int LANES = Simd.LANES;
    private static final int MOST_PARTS = 24;
    private static final int MOST_PARTIALS = 1 << 21;
    /** Tasks wanted, so that a machine with more cores than parts is busy too. */
    private static final int TASKS = 24;
    /** Pixels for which taps are gathered at once. */
    private static final int PIXELS = OuterTile.BLOCK;

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
            fewChannels(dw, dy, x, g, g.ci() <= g.co());
        } else {
            manyChannels(dw, dy, x, g);
        }
    }

    private static void manyChannels(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        int run = g.kw() * g.ci();
        int cols = roundUp(run, LANES);
        int rows = roundUp(g.co(), OuterTile.ROWS);
        int size = Math.multiplyExact(rows, g.kh() * cols);
        int width = (g.ow() - 1) * g.stride() + g.kw();
        long image = (long) ((g.oh() - 1) * g.stride() + g.kh()) * width * g.ci();
        int cut = (int) Math.min(g.oh(), (image + Slab.FLOATS - 1) / Slab.FLOATS);
        int band = (g.oh() + cut - 1) / cut;
        int bands = (g.oh() + band - 1) / band;
        int group = bands > 1 ? 1 : Math.clamp(Slab.FLOATS / image, 1, g.n());
        int slabs = (g.n() + group - 1) / group * bands;
        int parts = parts(slabs, size);
        int blocks = Math.clamp(TASKS / parts, 1, (rows + 31) / 32);
        int blockRows = roundUp((rows + blocks - 1) / blocks, OuterTile.ROWS);
        int blockCount = (rows + blockRows - 1) / blockRows;
        float[] partials = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        Parallel.run(parts * blockCount, task -> {
            int part = task / blockCount;
            int row = task % blockCount * blockRows;
            int m = Math.min(blockRows, rows - row);
            int at = part * size + row * g.kh() * cols;
            Arrays.fill(partials, at, at + m * g.kh() * cols, 0);
            int last = (int) ((long) slabs * (part + 1) / parts);
            for (int slab = (int) ((long) slabs * part / parts); slab < last; slab++) {
                int from = slab / bands * group;
                int q0 = slab % bands * band;
                slab(partials, at, row, m, cols, dy, x, g, from, Math.min(g.n(), from + group), q0,
                        Math.min(g.oh(), q0 + band), width);
            }
        });
        int grain = Math.max(1, 16384 / Math.max(1, g.kh() * run));
        Parallel.chunks(g.co(), grain, (from, to) -> {
            for (int o = from; o < to; o++) {
                int block = o / blockRows * blockRows;
                int m = Math.min(blockRows, rows - block);
                for (int ky = 0; ky < g.kh(); ky++) {
                    int at = (block * g.kh() + ky * m) * cols;
                    for (int j = 0; j < run; j += OuterTile.WIDE) {
                        sum(dw, (o * g.kh() + ky) * run + j, partials, at + OuterTile.index(o - block, j, m, cols),
                                size, parts, Math.min(OuterTile.WIDE, run - j));
                    }
                }
            }
        });
    }

    /** Adds output rows [q0, q1) of images [from, to) to rows [row, row + m) of one part. */
    private static void slab(float[] c, int at, int row, int m, int cols, float[] dy, float[] x,
            Conv2dGeometry g, int from, int to, int q0, int q1, int width) {
        Scratch scratch = Scratch.local();
        int ci = g.ci();
        int s = g.stride();
        float[] source = x;
        int stripe = g.w() * ci;
        int imageFloats = g.h() * stripe;
        int origin = from * imageFloats;
        if (g.pad() > 0 || cols != g.kw() * ci) {
            int lo = q0 * s;
            int hi = (q1 - 1) * s + g.kh();
            stripe = width * ci;
            imageFloats = (hi - lo) * stripe;
            origin = -lo * stripe;
            // The last columns of the last window reach up to LANES floats past the end; what they make is not used.
            source = scratch.floats(Scratch.SLAB, (long) (to - from) * imageFloats + LANES);
            Slab.fill(source, x, from, to, g.h(), g.w(), ci, g.pad(), g.pad(), lo, hi, width);
        }
        int count = (to - from) * (q1 - q0) * g.ow();
        int[] rows = scratch.ints(Scratch.READ_AT, count);
        int p = 0;
        for (int i = 0; i < to - from; i++) {
            for (int q = q0; q < q1; q++) {
                int read = origin + i * imageFloats + q * s * stripe;
                for (int r = 0; r < g.ow(); r++) {
                    rows[p++] = read + r * s * ci;
                }
            }
        }
        float[] a = scratch.floats(Scratch.ROWS_A, OuterTile.BLOCK * m);
        float[] panel = scratch.floats(Scratch.PANELS, OuterTile.BLOCK * OuterTile.WIDE);
        int dyOffset = (from * g.oh() + q0) * g.ow() * g.co() + row;
        for (int i = 0; i < count; i += OuterTile.BLOCK) {
            int pixels = Math.min(OuterTile.BLOCK, count - i);
            OuterTile.packRows(a, dy, dyOffset + i * g.co(), g.co(), m, Math.min(m, g.co() - row), pixels);
            for (int ky = 0; ky < g.kh(); ky++) {
                OuterTile.accumulate(c, at + ky * m * cols, m, cols, a, source, rows, i, ky * stripe, pixels, panel);
            }
        }
    }

    /**
     * Rows are taps. With {@code fewInputs} they are x under each output pixel, columns dy there; otherwise they are dy
     * at the output pixels that each input pixel reaches, columns x there.
     */
    private static void fewChannels(float[] dw, float[] dy, float[] x, Conv2dGeometry g, boolean fewInputs) {
        int taps = g.kh() * g.kw();
        int few = fewInputs ? g.ci() : g.co();
        int many = fewInputs ? g.co() : g.ci();
        int rows = roundUp(taps * few, OuterTile.ROWS);
        int cols = roundUp(many, LANES);
        int size = Math.multiplyExact(rows, cols);
        int pixels = Math.multiplyExact(g.n(), fewInputs ? g.oh() * g.ow() : g.h() * g.w());
        int chunks = (pixels + PIXELS - 1) / PIXELS;
        int parts = parts(chunks, size);
        float[] partials = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        Parallel.run(parts, part -> {
            Arrays.fill(partials, part * size, (part + 1) * size, 0);
            int last = (int) ((long) chunks * (part + 1) / parts);
            for (int chunk = (int) ((long) chunks * part / parts); chunk < last; chunk++) {
                int from = chunk * PIXELS;
                pixels(partials, part * size, rows, cols, fewInputs ? x : dy, fewInputs ? dy : x, many, g, fewInputs,
                        from, Math.min(pixels, from + PIXELS));
            }
        });
        for (int t = 0; t < taps; t++) {
            for (int f = 0; f < few; f++) {
                for (int j = 0; j < many; j++) {
                    float sum = 0;
                    for (int part = 0; part < parts; part++) {
                        sum += partials[part * size + OuterTile.index(t * few + f, j, rows, cols)];
                    }
                    dw[fewInputs ? (j * taps + t) * few + f : (f * taps + t) * many + j] = sum;
                }
            }
        }
    }

    private static void pixels(float[] c, int at, int m, int cols, float[] few, float[] manyFloats, int many,
            Conv2dGeometry g, boolean fewInputs, int from, int to) {
        Scratch scratch = Scratch.local();
        int count = to - from;
        float[] taps = scratch.floats(Scratch.SLAB, (long) count * m);
        int used = g.kh() * g.kw() * (fewInputs ? g.ci() : g.co());
        if (fewInputs) {
            gatherInputs(taps, used, few, g, from, to);
        } else {
            gatherOutputs(taps, used, few, g, from, to);
        }
        float[] a = scratch.floats(Scratch.ROWS_A, (long) count * m);
        OuterTile.packRows(a, taps, 0, used, m, used, count);
        float[] b = manyFloats;
        int bShift = from * many;
        if (cols != many) {
            b = scratch.floats(Scratch.ROWS_B, (long) count * cols);
            for (int i = 0; i < count; i++) {
                Panels.copyPadded(b, i * cols, cols, manyFloats, bShift + i * many, many);
            }
            bShift = 0;
        }
        int[] rows = scratch.ints(Scratch.READ_AT, count);
        for (int i = 0; i < count; i++) {
            rows[i] = i * (cols != many ? cols : many);
        }
        float[] panel = scratch.floats(Scratch.PANELS, OuterTile.BLOCK * OuterTile.WIDE);
        OuterTile.accumulate(c, at, m, cols, a, b, rows, 0, bShift, count, panel);
    }

    /** a[p, (ky, kx, c)] = x under tap (ky, kx) of output pixel p, 0 outside the image. */
    private static void gatherInputs(float[] a, int step, float[] x, Conv2dGeometry g, int from, int to) {
        int i = from / g.ow() % g.oh();
        int j = from % g.ow();
        int image = from / g.ow() / g.oh();
        for (int at = 0, p = from; p < to; p++, at += step) {
            int top = i * g.stride() - g.pad();
            int left = j * g.stride() - g.pad();
            for (int ky = 0, t = at; ky < g.kh(); ky++) {
                boolean rowInside = top + ky >= 0 && top + ky < g.h();
                int row = (image * g.h() + top + ky) * g.w();
                for (int kx = 0; kx < g.kw(); kx++) {
                    boolean inside = rowInside && left + kx >= 0 && left + kx < g.w();
                    t = gather(a, t, x, (row + left + kx) * g.ci(), inside, g.ci());
                }
            }
            if (++j == g.ow()) {
                j = 0;
                if (++i == g.oh()) {
                    i = 0;
                    image++;
                }
            }
        }
    }

    /** a[q, (ky, kx, o)] = dy of the output pixel that sees input pixel q under tap (ky, kx), 0 if there is none. */
    private static void gatherOutputs(float[] a, int step, float[] dy, Conv2dGeometry g, int from, int to) {
        int s = g.stride();
        int bottom = from / g.w() % g.h();
        int right = from % g.w();
        int image = from / g.w() / g.h();
        for (int at = 0, q = from; q < to; q++, at += step) {
            for (int ky = 0, t = at; ky < g.kh(); ky++) {
                int above = bottom + g.pad() - ky;
                int i = s == 1 ? above : above / s;
                boolean rowInside = above >= 0 && i * s == above && i < g.oh();
                int row = (image * g.oh() + i) * g.ow();
                for (int kx = 0; kx < g.kw(); kx++) {
                    int before = right + g.pad() - kx;
                    int j = s == 1 ? before : before / s;
                    boolean inside = rowInside && before >= 0 && j * s == before && j < g.ow();
                    t = gather(a, t, dy, (row + j) * g.co(), inside, g.co());
                }
            }
            if (++right == g.w()) {
                right = 0;
                if (++bottom == g.h()) {
                    bottom = 0;
                    image++;
                }
            }
        }
    }

    private static int gather(float[] a, int at, float[] from, int source, boolean inside, int count) {
        for (int c = 0; c < count; c++) {
            a[at + c] = inside ? from[source + c] : 0;
        }
        return at + count;
    }

    /** to[j] = sum over parts of from[j], in order; parts lie {@code size} apart. */
    private static void sum(float[] to, int toOffset, float[] from, int fromOffset, int size, int parts, int count) {
        System.arraycopy(from, fromOffset, to, toOffset, count);
        for (int part = 1; part < parts; part++) {
            int at = fromOffset + part * size;
            for (int j = 0; j < count; j++) {
                to[toOffset + j] += from[at + j];
            }
        }
    }

    private static int parts(int pieces, int size) {
        return Math.clamp(MOST_PARTIALS / size, 1, Math.min(pieces, MOST_PARTS));
    }

    private static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
