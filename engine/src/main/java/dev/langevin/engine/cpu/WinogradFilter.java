package dev.langevin.engine.cpu;

import java.util.Arrays;

/**
 * The gradient of a convolution with respect to its weights by {@link Winograd}'s tiles: the adjoint of
 * {@link WinogradProduct} in the weights, its phases side by side in the columns. For each of 36 points a sum over tiles of outer products of (A dy A^T) and
 * (B^T d B), and dw = G^T of that G at the end.
 *
 * <p>Tiles are cut into parts by the shape alone, and the parts' sums are added in order, so the bits do not depend on the number
 * of threads.
 */
final class WinogradFilter {
    private static final int POINTS = Winograd.POINTS;
    private static final int TAPS = 9;
    /** Tiles of a block. */
    private static final int BLOCK = 64;
    private static final int MOST_PARTS = 8;
    /** Floats of all parts together, or one copy of the points' sums. */
    private static final int MOST_PARTIALS = 1 << 22;
    /** Floats of the sums that are transformed back at once. */
    private static final int CHUNK = 512;

    private final float[] sums;
    private final float[] dy;
    private final float[] x;
    private final Conv2dGeometry g;
    private final int rows;
    private final int cols;
    /** Floats of one point's sums: one line more, or all would share one cache set. */
    private final int pointStep;

    private WinogradFilter(float[] sums, float[] dy, float[] x, Conv2dGeometry g, int rows, int cols, int pointStep) {
        this.sums = sums;
        this.dy = dy;
        this.x = x;
        this.g = g;
        this.rows = rows;
        this.cols = cols;
        this.pointStep = pointStep;
    }

    /** {@link Conv2dCpu#backwardFilter}. */
    static void run(float[] dw, float[] dy, float[] x, Conv2dGeometry g) {
        int rows = roundUp(g.co(), OuterTile.ROWS);
        int cols = roundUp(g.stride() * g.stride() * g.ci(), Simd.LANES);
        int pointStep = Math.addExact(Math.multiplyExact(rows, cols), 16);
        int size = Math.multiplyExact(POINTS * POINTS, pointStep);
        WinogradTiles tiles = WinogradTiles.CURRENT.get().cut(g.oh(), g.ow());
        int strips = g.n() * tiles.strips;
        int blockStrips = Math.max(1, BLOCK / tiles.tiles());
        int blocks = (strips + blockStrips - 1) / blockStrips;
        // Not of size, which depends on the vector width.
        int floats = POINTS * POINTS * rows * g.stride() * g.stride() * g.ci();
        int parts = Math.clamp(MOST_PARTIALS / floats, 1, Math.min(blocks, MOST_PARTS));
        float[] sums = Scratch.local().floats(Scratch.SHARED_PARTIALS, (long) parts * size);
        WinogradFilter filter = new WinogradFilter(sums, dy, x, g, rows, cols, pointStep);
        Parallel.run(parts * POINTS, task -> {
            int part = task / POINTS;
            int i = task % POINTS;
            int at = part * size + i * POINTS * pointStep;
            Arrays.fill(sums, at, at + POINTS * pointStep, 0);
            if (Winograd.vanishes(g, i)) {
                return;
            }
            int last = (int) ((long) blocks * (part + 1) / parts);
            for (int block = (int) ((long) blocks * part / parts); block < last; block++) {
                filter.block(at, i, block * blockStrips, Math.min(strips, (block + 1) * blockStrips));
            }
        });
        int chunks = (rows * cols + CHUNK - 1) / CHUNK;
        Parallel.run(chunks, chunk -> filter.back(dw, parts, size, chunk * CHUNK, Math.min(CHUNK, rows * cols - chunk * CHUNK)));
    }

    /** Adds the tiles of strips [first, last) to the sums of points (i, 0) to (i, 5), which begin at {@code at}. */
    private void block(int at, int i, int first, int last) {
        Scratch scratch = Scratch.local();
        WinogradTiles tiles = WinogradTiles.CURRENT.get().cut(g.oh(), g.ow());
        WinogradTransforms transforms = WinogradTransforms.CURRENT.get();
        tiles.block(first, last);
        int slots = tiles.slots();
        int vStep = cols + 16;
        int mStep = roundUp(g.co(), Simd.LANES) + 16;
        int stride = g.stride();
        float[] t = scratch.floats(Scratch.WINOGRAD_A, Math.max(stride * tiles.width * g.ci(), g.ow() * g.co()) + Simd.LANES);
        float[] v = scratch.floats(Scratch.WINOGRAD_B, (long) POINTS * slots * vStep);
        float[] m = scratch.floats(Scratch.WINOGRAD_C, (long) POINTS * slots * mStep);
        float[] a = scratch.floats(Scratch.ROWS_A, (long) OuterTile.BLOCK * rows);
        float[] panel = scratch.floats(Scratch.PANELS, OuterTile.BLOCK * OuterTile.WIDE);
        for (int s = first; s < last; s++) {
            if (tiles.has(s, i)) {
                int whole = tiles.wholeSlot(s);
                int rest = tiles.restSlot(s);
                for (int py = 0; py < stride; py++) {
                    transforms.inputRow(t, tiles, s, i, x, g.h(), g.w(), g.ci(), py - g.pad(), g.pad(), stride);
                    for (int px = 0; px < stride; px++) {
                        transforms.input(v, (py * stride + px) * g.ci(), slots, vStep, tiles, whole, rest, t, px * g.ci(),
                                stride * g.ci(), g.ci());
                    }
                }
                transforms.gradientRow(t, tiles, s, i, dy, g.oh(), g.ow(), g.co());
                transforms.gradient(m, slots, mStep, tiles, whole, rest, t, g.co());
            }
        }
        int[] read = scratch.ints(Scratch.READ_AT, OuterTile.BLOCK);
        for (int s = 0; s < OuterTile.BLOCK; s++) {
            read[s] = s * vStep;
        }
        for (int j = 0; j < POINTS; j++) {
            if (Winograd.vanishes(g, j)) {
                continue;
            }
            int to = tiles.to(i, j);
            for (int s = tiles.from(j); s < to; s += OuterTile.BLOCK) {
                int count = Math.min(OuterTile.BLOCK, to - s);
                OuterTile.packRows(a, m, (j * slots + s) * mStep, mStep, rows, g.co(), count);
                for (int col = 0; col < cols; col += OuterTile.WIDE) {
                    int width = OuterTile.width(col, cols);
                    OuterTile.accumulate(sums, at + j * pointStep + col * rows, rows, width, width, a, v, read,
                            (j * slots + s) * vStep + col, panel, count);
                }
            }
        }
    }

    /** Adds the parts of {@code length} places from {@code from} on and transforms them back to taps. */
    private void back(float[] dw, int parts, int size, int from, int length) {
        Scratch scratch = Scratch.local();
        float[] u = sums;
        int at = from;
        int step = pointStep;
        if (parts > 1) {
            u = scratch.floats(Scratch.WINOGRAD_C, POINTS * POINTS * CHUNK);
            at = 0;
            step = CHUNK;
            for (int point = 0; point < POINTS * POINTS; point++) {
                System.arraycopy(sums, point * pointStep + from, u, point * CHUNK, length);
                for (int part = 1; part < parts; part++) {
                    WinogradRows.add(u, point * CHUNK, sums, part * size + point * pointStep + from, length);
                }
            }
        }
        float[] taps = scratch.floats(Scratch.WINOGRAD_A, TAPS * CHUNK);
        WinogradWeights.adjoint(taps, u, at, step, length);
        // The sums lie in panels of OuterTile.WIDE columns, whole rows of a panel one after another.
        for (int place = from; place < from + length; ) {
            int panel = place / (rows * OuterTile.WIDE) * OuterTile.WIDE;
            int width = Math.min(OuterTile.WIDE, cols - panel);
            int o = (place - panel * rows) / width;
            int col = panel + (place - panel * rows) % width;
            int c = col % g.ci();
            int run = Math.min(Math.min(panel + width - col, g.ci() - c), from + length - place);
            int phase = col / g.ci();
            if (o < g.co() && phase < g.stride() * g.stride()) {
                write(dw, taps, place - from, length, o, phase, c, run);
            }
            place += run;
        }
    }

    /** Copies {@code run} channels of every tap of one phase. */
    private void write(float[] dw, float[] taps, int at, int step, int o, int phase, int c, int run) {
        int s = g.stride();
        for (int ky = phase / s; ky < g.kh(); ky += s) {
            for (int kx = phase % s; kx < g.kw(); kx += s) {
                int tap = ky / s * 3 + kx / s;
                System.arraycopy(taps, tap * step + at, dw, ((o * g.kh() + ky) * g.kw() + kx) * g.ci() + c, run);
            }
        }
    }

    private static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
