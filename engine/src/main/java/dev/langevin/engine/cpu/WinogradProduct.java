package dev.langevin.engine.cpu;

import java.util.Arrays;

/**
 * Convolution, and its gradient with respect to the input, by {@link Winograd}'s tiles of 4x4 outputs: for each of 36
 * points one product (tiles, channels) times (channels, columns). A block of tiles goes through all stages while it lies in
 * the cache. For kernels of 3x3 and stride 1 that takes 4, at ragged edges 2.25 to 4, times fewer multiplications than the sum over
 * taps.
 *
 * <p>For kernels of 4x4 and stride 2 the rows and columns of the larger image fall into four phases, even and odd, and what
 * happens between a phase and the smaller image has 2x2 taps. These are 3x3 taps whose last row and column are 0: so is
 * their value at infinity, and 25 points do (2.56 times fewer multiplications).
 *
 * <p>Rounding: |y - exact| is at most (K + 36) 2^-24 |A^T| ((|G| |g| |G^T|) * (|B^T| |d| |B|)) |A| for K channels.
 */
final class WinogradProduct {
    private static final int POINTS = Winograd.POINTS;
    /** Tiles of a block: enough to read the weights seldom, few enough for one point's rows to stay in the L2 cache. */
    private static final int BLOCK = 64;

    private final Conv2dGeometry g;
    private final boolean forward;
    private final float[] x;
    private final float[] y;
    private final float[] weights;
    private final float[] bias;
    private final float[] residual;
    /** Stride of what is read, and of what is written. */
    private final int readStep;
    private final int writeStep;
    private final int top;
    private final int left;
    /** Of the outputs of one phase. */
    private final int oh;
    private final int ow;
    private final int channels;
    private final int columns;
    private final int pointStep;

    private WinogradProduct(Conv2dGeometry g, boolean forward, float[] x, float[] y, float[] weights, float[] bias,
            float[] residual, int top, int left) {
        this.g = g;
        this.forward = forward;
        this.x = x;
        this.y = y;
        this.weights = weights;
        this.bias = bias;
        this.residual = residual;
        this.top = top;
        this.left = left;
        readStep = forward ? g.stride() : 1;
        writeStep = forward ? 1 : g.stride();
        oh = forward ? g.oh() : g.h() / g.stride();
        ow = forward ? g.ow() : g.w() / g.stride();
        channels = forward ? g.ci() : g.co();
        columns = forward ? g.co() : g.ci();
        pointStep = WinogradWeights.pointStep(readStep * readStep * channels, columns);
    }

    /** {@link Conv2dCpu#forward}. */
    static void forward(float[] y, float[] x, float[] w, float[] bias, float[] residual, Conv2dGeometry g, KeptWeights kept) {
        float[] u = KeptWeights.get(kept, 0, g, WinogradWeights.size(g.stride() * g.stride() * g.ci(), g.co()),
                to -> WinogradWeights.forward(to, w, g));
        new WinogradProduct(g, true, x, y, u, biasRow(bias, g.co(), g.ow()), residual, -g.pad(), g.pad()).run(0, 0);
    }

    /** {@link Conv2dCpu#backwardData}. */
    static void backwardData(float[] dx, float[] dy, float[] w, float[] bias, Conv2dGeometry g, KeptWeights kept) {
        float[] row = biasRow(bias, g.ci(), g.w() / g.stride());
        // Padding of dy before the first of the taps that reach a pixel of the phase.
        int pad = g.stride() == 1 ? 2 - g.pad() : 1;
        for (int phase = 0; phase < g.stride() * g.stride(); phase++) {
            int ry = phase / g.stride();
            int rx = phase % g.stride();
            float[] u = KeptWeights.get(kept, 1 + phase, g, WinogradWeights.size(g.co(), g.ci()),
                    to -> WinogradWeights.backward(to, w, g, ry, rx));
            new WinogradProduct(g, false, dy, dx, u, row, null, ry - pad, pad - rx).run(ry, rx);
        }
    }

    private static float[] biasRow(float[] bias, int channels, int width) {
        float[] row = Scratch.local().floats(Scratch.SHARED_BIAS, (long) channels * width);
        if (bias == null) {
            Arrays.fill(row, 0, channels * width, 0);
        } else {
            for (int i = 0; i < width; i++) {
                System.arraycopy(bias, 0, row, i * channels, channels);
            }
        }
        return row;
    }

    private void run(int ry, int rx) {
        WinogradTiles tiles = WinogradTiles.CURRENT.get().cut(oh, ow);
        int strips = g.n() * tiles.strips;
        int wanted = Math.max(1, Math.min(BLOCK / tiles.tiles(), strips / (2 * Parallel.threads())));
        int blocks = (strips + wanted - 1) / wanted;
        Parallel.run(blocks, task -> block(task * wanted, Math.min(strips, (task + 1) * wanted), ry, rx));
    }

    private void block(int first, int last, int ry, int rx) {
        Scratch scratch = Scratch.local();
        WinogradTiles tiles = WinogradTiles.CURRENT.get().cut(oh, ow);
        WinogradTransforms transforms = WinogradTransforms.CURRENT.get();
        tiles.block(first, last);
        int slots = tiles.slots();
        int depth = readStep * readStep * channels;
        int vStep = stride(depth);
        int mStep = stride(columns);
        int row = ow * columns;
        int halfStep = (last - first) * row + 16;
        float[] t = scratch.floats(Scratch.WINOGRAD_A, readStep * tiles.width * channels + Simd.LANES);
        float[] v = scratch.floats(Scratch.WINOGRAD_B, (long) POINTS * slots * vStep);
        float[] m = scratch.floats(Scratch.WINOGRAD_C, (long) (POINTS * slots + RowTile.ROWS) * mStep);
        float[] half = scratch.floats(Scratch.WINOGRAD_D, (long) POINTS * halfStep);
        int[] rows = scratch.ints(Scratch.READ_AT, POINTS * slots + RowTile.ROWS);
        for (int i = 0; i < POINTS * slots; i++) {
            rows[i] = i * vStep;
        }
        RowProduct.padRows(rows, POINTS * slots);
        for (int i = 0; i < POINTS; i++) {
            if (Winograd.vanishes(g, i)) {
                Arrays.fill(half, i * halfStep, (i + 1) * halfStep, 0);
                continue;
            }
            for (int s = first; s < last; s++) {
                if (tiles.has(s, i)) {
                    read(v, slots, vStep, t, tiles, transforms, s, i);
                }
            }
            for (int j = 0; j < POINTS; j++) {
                if (Winograd.vanishes(g, j)) {
                    Arrays.fill(m, j * slots * mStep, (j + 1) * slots * mStep, 0);
                } else {
                    product(m, mStep, v, rows, depth, j * slots + tiles.from(j), j * slots + tiles.to(i, j),
                            (i * POINTS + j) * pointStep);
                }
            }
            for (int s = first; s < last; s++) {
                if (tiles.has(s, i)) {
                    transforms.output(half, i * halfStep + (s - first) * row, m, slots, mStep, tiles, tiles.wholeSlot(s),
                            tiles.restSlot(s), columns);
                }
            }
        }
        for (int s = first; s < last; s++) {
            write(half, (s - first) * row, halfStep, tiles, transforms, s, ry, rx);
        }
    }

    /** Points (i, 0) to (i, 5) of one strip's tiles. */
    private void read(float[] v, int slots, int vStep, float[] t, WinogradTiles tiles, WinogradTransforms transforms, int s,
            int i) {
        int h = forward ? g.h() : g.oh();
        int w = forward ? g.w() : g.ow();
        for (int py = 0; py < readStep; py++) {
            transforms.inputRow(t, tiles, s, i, x, h, w, channels, top + py, left, readStep);
            for (int px = 0; px < readStep; px++) {
                transforms.input(v, (py * readStep + px) * channels, slots, vStep, tiles, tiles.wholeSlot(s), tiles.restSlot(s), t,
                        px * channels, readStep * channels, channels);
            }
        }
    }

    /** The output rows of one strip. */
    private void write(float[] half, int from, int halfStep, WinogradTiles tiles, WinogradTransforms transforms, int s, int ry,
            int rx) {
        int outputs = tiles.outputs(s);
        int first = s / tiles.strips * oh + s % tiles.strips * Winograd.OUTPUTS;
        int row = ow * columns;
        if (writeStep == 1) {
            transforms.outputRows(y, first * row, half, from, halfStep, outputs, bias, row);
            if (residual != null) {
                WinogradRows.add(y, first * row, residual, first * row, outputs * row);
            }
            return;
        }
        float[] rows = Scratch.local().floats(Scratch.WINOGRAD_C, outputs * row);
        transforms.outputRows(rows, 0, half, from, halfStep, outputs, bias, row);
        for (int r = 0; r < outputs; r++) {
            int to = (((first + r) * writeStep + ry) * ow * writeStep + rx) * columns;
            for (int c = 0; c < ow; c++) {
                System.arraycopy(rows, r * row + c * columns, y, to + c * writeStep * columns, columns);
            }
        }
    }

    /** Rows [from, to) of m = v times the weights of one point. Up to ROWS - 1 rows behind them are overwritten. */
    private void product(float[] m, int mStep, float[] v, int[] rows, int depth, int from, int to, int u) {
        for (int col = 0; col < columns; col += Panels.WIDE) {
            boolean narrow = columns - col <= Simd.LANES;
            for (int r = from; r < to; r += RowTile.ROWS) {
                RowTile.multiply(m, r * mStep + col, mStep, v, rows, r, Math.min(RowTile.ROWS, to - r), 1, depth, 0, weights,
                        u + col * depth, narrow);
            }
        }
    }

    /** Floats from row to row: whole panels, and one line more, or rows would share one set of the cache. */
    private static int stride(int floats) {
        return (floats + Panels.WIDE - 1) / Panels.WIDE * Panels.WIDE + 16;
    }
}
