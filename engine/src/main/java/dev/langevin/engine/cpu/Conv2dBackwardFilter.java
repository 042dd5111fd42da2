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
    private static final int MOST_PARTS = 16;
    private static final int MOST_PARTIALS = 1 << 22;
    /** Tasks wanted, so that a machine with more cores than parts is busy too. */
    private static final int TASKS = 32;
    /** Fewer channels than this leave most of a tile of rows, or of a vector, empty. */
    private static final int FEW = 8;
    /** Pixels for which taps are gathered at once. */
    private static final int PIXELS = 256;

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
        if (g.ci() < FEW && g.ci() <= g.co()) {
            fewChannels(dw, dy, x, g, true);
        } else if (g.co() < FEW) {
            fewChannels(dw, dy, x, g, false);
        } else {
            manyChannels(dw, dy, x, g);
        }
    }

    private static void manyChannels(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        int run = g.kw() * g.ci();
        int cols = roundUp(run, LANES);
        int rows = roundUp(g.co(), OuterTile.ROWS);
        int ld = g.kh() * cols;
        int size = Math.multiplyExact(rows, ld);
        int width = (g.ow() - 1) * g.stride() + g.kw();
        long image = (long) ((g.oh() - 1) * g.stride() + g.kh()) * width * g.ci();
        int cut = (int) Math.min(g.oh(), (image + Slab.FLOATS - 1) / Slab.FLOATS);
        int band = (g.oh() + cut - 1) / cut;
        int bands = (g.oh() + band - 1) / band;
        int group = bands > 1 ? 1 : Math.clamp(Slab.FLOATS / image, 1, g.n());
        int slabs = (g.n() + group - 1) / group * bands;
        int parts = parts(slabs, size);
        int blocks = Math.clamp(TASKS / parts, 1, (rows + 15) / 16);
        int blockRows = roundUp((rows + blocks - 1) / blocks, OuterTile.ROWS);
        int blockCount = (rows + blockRows - 1) / blockRows;
        float[] partials = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        Parallel.run(parts * blockCount, task -> {
            int part = task / blockCount;
            int row = task % blockCount * blockRows;
            int m = Math.min(blockRows, rows - row);
            int at = part * size + row * ld;
            Arrays.fill(partials, at, at + m * ld, 0);
            int last = (int) ((long) slabs * (part + 1) / parts);
            for (int slab = (int) ((long) slabs * part / parts); slab < last; slab++) {
                int from = slab / bands * group;
                int q0 = slab % bands * band;
                slab(partials, at, ld, row, m, cols, dy, x, g, from, Math.min(g.n(), from + group), q0,
                        Math.min(g.oh(), q0 + band), width);
            }
        });
        int grain = Math.max(1, 16384 / Math.max(1, g.kh() * run));
        Parallel.chunks(g.co(), grain, (from, to) -> {
            for (int o = from; o < to; o++) {
                for (int ky = 0; ky < g.kh(); ky++) {
                    sum(dw, (o * g.kh() + ky) * run, partials, o * ld + ky * cols, size, parts, run);
                }
            }
        });
    }

    /** Adds output rows [q0, q1) of images [from, to) to rows [row, row + m) of one part. */
    private static void slab(float[] c, int at, int ld, int row, int m, int cols, float[] dy, float[] x,
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
        float[] a = dy;
        int aOffset = (from * g.oh() + q0) * g.ow() * g.co();
        int aStep = g.co();
        if (g.co() % OuterTile.ROWS != 0) {
            aStep = roundUp(g.co(), OuterTile.ROWS);
            a = scratch.floats(Scratch.ROWS_A, (long) count * aStep);
            for (int i = 0; i < count; i++) {
                Panels.copyPadded(a, i * aStep, aStep, dy, aOffset + i * g.co(), g.co());
            }
            aOffset = 0;
        }
        for (int i = 0; i < count; i += OuterTile.BLOCK) {
            int end = Math.min(count, i + OuterTile.BLOCK);
            for (int ky = 0; ky < g.kh(); ky++) {
                OuterTile.accumulate(c, at + ky * cols, ld, m, cols, a, aOffset + row, aStep, source, rows,
                        ky * stripe, i, end);
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
                        sum += partials[part * size + (t * few + f) * cols + j];
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
        float[] a = scratch.floats(Scratch.ROWS_A, (long) count * m);
        if (fewInputs) {
            gatherInputs(a, m, few, g, from, to);
        } else {
            gatherOutputs(a, m, few, g, from, to);
        }
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
        for (int i = 0; i < count; i += OuterTile.BLOCK) {
            OuterTile.accumulate(c, at, cols, m, cols, a, 0, m, b, rows, bShift, i,
                    Math.min(count, i + OuterTile.BLOCK));
        }
    }

    /** a[p, (ky, kx, c)] = x under tap (ky, kx) of output pixel p, 0 outside the image. */
    private static void gatherInputs(float[] a, int step, float[] x, Conv2dGeometry g, int from, int to) {
        int ci = g.ci();
        for (int p = from; p < to; p++) {
            int image = p / (g.oh() * g.ow());
            int top = p / g.ow() % g.oh() * g.stride() - g.pad();
            int left = p % g.ow() * g.stride() - g.pad();
            int at = (p - from) * step;
            for (int ky = 0; ky < g.kh(); ky++) {
                int y = top + ky;
                boolean rowInside = y >= 0 && y < g.h();
                for (int kx = 0; kx < g.kw(); kx++) {
                    boolean inside = rowInside && left + kx >= 0 && left + kx < g.w();
                    int source = ((image * g.h() + y) * g.w() + left + kx) * ci;
                    for (int c = 0; c < ci; c++) {
                        a[at++] = inside ? x[source + c] : 0;
                    }
                }
            }
        }
    }

    /** a[q, (ky, kx, o)] = dy of the output pixel that sees input pixel q under tap (ky, kx), 0 if there is none. */
    private static void gatherOutputs(float[] a, int step, float[] dy, Conv2dGeometry g, int from, int to) {
        int co = g.co();
        int s = g.stride();
        for (int q = from; q < to; q++) {
            int image = q / (g.h() * g.w());
            int bottom = q / g.w() % g.h() + g.pad();
            int right = q % g.w() + g.pad();
            int at = (q - from) * step;
            for (int ky = 0; ky < g.kh(); ky++) {
                int i = (bottom - ky) / s;
                boolean rowInside = bottom >= ky && i * s == bottom - ky && i < g.oh();
                for (int kx = 0; kx < g.kw(); kx++) {
                    int j = (right - kx) / s;
                    boolean inside = rowInside && right >= kx && j * s == right - kx && j < g.ow();
                    int source = ((image * g.oh() + i) * g.ow() + j) * co;
                    for (int o = 0; o < co; o++) {
                        a[at++] = inside ? dy[source + o] : 0;
                    }
                }
            }
        }
    }

    /** to[j] = sum over parts of from[j], in order. */
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
