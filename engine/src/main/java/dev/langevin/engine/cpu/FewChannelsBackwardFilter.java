package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Conv2dBackwardFilter.roundUp;

import java.util.Arrays;

/**
 * {@link Conv2dBackwardFilter} for fewer input or output channels than a tile has rows: rows are taps (ky, kx, c),
 * gathered for a block of pixels, columns are the channels of the other tensor, of which there may be many.
 */
final class FewChannelsBackwardFilter {
    private static final int LANES = Simd.LANES;
    private static final int MOST_PARTS = 24;
    private static final int MOST_PARTIALS = 1 << 21;
    private static final int PIXELS = OuterTile.BLOCK;

    private FewChannelsBackwardFilter() {
    }

    /**
     * Computes dw (O, kh, kw, I). With {@code fewInputs} rows are x under each output pixel, columns dy there; otherwise
     * they are dy at the output pixels that each input pixel reaches, columns x there.
     */
    static void run(float[] dw, float[] dy, float[] x, Conv2dGeometry g, boolean fewInputs) {
        int taps = g.kh() * g.kw();
        int few = fewInputs ? g.ci() : g.co();
        int many = fewInputs ? g.co() : g.ci();
        int rows = roundUp(taps * few, OuterTile.ROWS);
        int size = Math.multiplyExact(rows, roundUp(many, LANES));
        int pixels = Math.multiplyExact(g.n(), fewInputs ? g.oh() * g.ow() : g.h() * g.w());
        int chunks = (pixels + PIXELS - 1) / PIXELS;
        int parts = Math.clamp(MOST_PARTIALS / (rows * many), 1, Math.min(chunks, MOST_PARTS));
        float[] partials = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        Parallel.run(parts, part -> {
            Arrays.fill(partials, part * size, (part + 1) * size, 0);
            int last = (int) ((long) chunks * (part + 1) / parts);
            for (int chunk = (int) ((long) chunks * part / parts); chunk < last; chunk++) {
                int from = chunk * PIXELS;
                pixels(partials, part * size, rows, fewInputs ? x : dy, fewInputs ? dy : x, many, g, fewInputs,
                        from, Math.min(pixels, from + PIXELS));
            }
        });
        for (int t = 0; t < taps; t++) {
            for (int f = 0; f < few; f++) {
                for (int j = 0; j < many; j++) {
                    int col = j - j % OuterTile.WIDE;
                    int at = col * rows + (t * few + f) * OuterTile.width(col, many) + j - col;
                    float sum = 0;
                    for (int part = 0; part < parts; part++) {
                        sum += partials[part * size + at];
                    }
                    dw[fewInputs ? (j * taps + t) * few + f : (f * taps + t) * many + j] = sum;
                }
            }
        }
    }

    /** Adds pixels [from, to), at most BLOCK, to one part. */
    private static void pixels(float[] c, int at, int m, float[] few, float[] manyFloats, int many, Conv2dGeometry g,
            boolean fewInputs, int from, int to) {
        Scratch scratch = Scratch.local();
        int count = to - from;
        float[] taps = scratch.floats(Scratch.SLAB, (long) count * m);
        if (g.kh() * g.kw() * (fewInputs ? g.ci() : g.co()) < m) {
            Arrays.fill(taps, 0, count * m, 0);
        }
        if (fewInputs) {
            gatherInputs(taps, m, few, g, from, to);
        } else {
            gatherOutputs(taps, m, few, g, from, to);
        }
        float[] a = scratch.floats(Scratch.ROWS_A, (long) count * m);
        OuterTile.packRows(a, taps, 0, m, m, m, count);
        float[] b = scratch.floats(Scratch.PANELS, OuterTile.BLOCK * OuterTile.WIDE);
        int[] rows = scratch.ints(Scratch.READ_AT, count);
        for (int p = 0; p < count; p++) {
            rows[p] = (from + p) * many;
        }
        for (int col = 0; col < many; col += OuterTile.WIDE) {
            int width = OuterTile.width(col, many);
            OuterTile.accumulate(c, at + col * m, m, width, Math.min(width, many - col), a, manyFloats, rows, col, b,
                    count);
        }
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
}
