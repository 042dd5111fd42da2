package dev.langevin.engine.cpu;

import java.util.Arrays;

/**
 * 3x3 convolution of stride 1, and its gradient with respect to the input, by {@link Winograd}'s tiles of 4x4 outputs:
 * for each of 36 points one product (tiles, channels) times (channels, columns), with 4 (at ragged edges 2.25 to 4) times
 * fewer multiplications than the sum over taps. A block of tiles goes through all stages while it lies in the cache.
 *
 * <p>Rounding: with absolute values in all matrices, |y - exact| is at most (K + 24) eps A^T ((G |g| G^T) * (B^T |d| B)) A.
 */
final class WinogradProduct {
    private static final int POINTS = Winograd.POINTS;
    /** Tiles of a block: enough to read the weights seldom, few enough for one point's rows to stay in the L2 cache. */
    private static final int BLOCK = 64;

    private final float[] x;
    private final int h;
    private final int w;
    private final int channels;
    private final int pad;
    private final float[] y;
    private final int oh;
    private final int ow;
    private final int columns;
    private final int strips;
    private final float[] weights;
    private final int pointStep;
    private final float[] bias;
    private final float[] residual;

    private WinogradProduct(float[] x, int n, int h, int w, int channels, int pad, float[] y, int oh, int ow, int columns,
            float[] weights, float[] bias, float[] residual) {
        this.x = x;
        this.h = h;
        this.w = w;
        this.channels = channels;
        this.pad = pad;
        this.y = y;
        this.oh = oh;
        this.ow = ow;
        this.columns = columns;
        this.strips = n * new WinogradTiles(oh, ow).strips;
        this.weights = weights;
        this.pointStep = WinogradWeights.pointStep(channels, columns);
        this.bias = bias;
        this.residual = residual;
    }

    /** {@link Conv2dCpu#forward}, plus {@code residual} of y's shape unless it is null. */
    static void forward(float[] y, float[] x, float[] w, float[] bias, float[] residual, Conv2dGeometry g) {
        Scratch scratch = Scratch.local();
        float[] u = scratch.floats(Scratch.SHARED_PANELS, WinogradWeights.size(g.ci(), g.co()));
        WinogradWeights.transform(u, w, g.co(), g.ci(), true);
        new WinogradProduct(x, g.n(), g.h(), g.w(), g.ci(), g.pad(), y, g.oh(), g.ow(), g.co(), u,
                biasRow(bias, g.co(), g.ow()), residual).run();
    }

    /** {@link Conv2dCpu#backwardData}. */
    static void backwardData(float[] dx, float[] dy, float[] w, float[] bias, Conv2dGeometry g) {
        Scratch scratch = Scratch.local();
        float[] u = scratch.floats(Scratch.SHARED_PANELS, WinogradWeights.size(g.co(), g.ci()));
        WinogradWeights.transform(u, w, g.co(), g.ci(), false);
        new WinogradProduct(dy, g.n(), g.oh(), g.ow(), g.co(), 2 - g.pad(), dx, g.h(), g.w(), g.ci(), u,
                biasRow(bias, g.ci(), g.w()), null).run();
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

    private void run() {
        int tiles = new WinogradTiles(oh, ow).tiles();
        int wanted = Math.max(1, Math.min(BLOCK / tiles, strips / (2 * Parallel.threads())));
        int blocks = (strips + wanted - 1) / wanted;
        Parallel.run(blocks, task -> block(task * wanted, Math.min(strips, (task + 1) * wanted)));
    }

    private void block(int first, int last) {
        Scratch scratch = Scratch.local();
        WinogradTiles tiles = new WinogradTiles(oh, ow);
        WinogradTransforms transforms = new WinogradTransforms();
        tiles.block(first, last);
        int slots = tiles.slots();
        int vStep = stride(channels);
        int mStep = stride(columns);
        int row = ow * columns;
        int halfStep = (last - first) * row + 16;
        float[] t = scratch.floats(Scratch.WINOGRAD_A, tiles.width * channels + Simd.LANES);
        float[] v = scratch.floats(Scratch.WINOGRAD_B, (long) POINTS * slots * vStep);
        float[] m = scratch.floats(Scratch.WINOGRAD_C, (long) (POINTS * slots + RowTile.ROWS) * mStep);
        float[] half = scratch.floats(Scratch.WINOGRAD_D, (long) POINTS * halfStep);
        int[] rows = scratch.ints(Scratch.READ_AT, POINTS * slots + RowTile.ROWS);
        for (int i = 0; i < POINTS * slots; i++) {
            rows[i] = i * vStep;
        }
        RowProduct.padRows(rows, POINTS * slots);
        for (int i = 0; i < POINTS; i++) {
            for (int s = first; s < last; s++) {
                if (tiles.has(s, i)) {
                    transforms.inputRow(t, tiles, s, i, x, h, w, channels, pad);
                    transforms.input(v, slots, vStep, tiles, tiles.wholeSlot(s), tiles.restSlot(s), t, channels);
                }
            }
            for (int j = 0; j < POINTS; j++) {
                product(m, mStep, v, rows, j * slots + tiles.from(j), j * slots + tiles.to(i, j), (i * POINTS + j) * pointStep);
            }
            for (int s = first; s < last; s++) {
                if (tiles.has(s, i)) {
                    transforms.output(half, i * halfStep + (s - first) * row, m, slots, mStep, tiles, tiles.wholeSlot(s),
                            tiles.restSlot(s), columns);
                }
            }
        }
        for (int s = first; s < last; s++) {
            int to = (s / tiles.strips * oh + s % tiles.strips * Winograd.OUTPUTS) * row;
            transforms.outputRows(y, to, half, (s - first) * row, halfStep, tiles.outputs(s), bias, row);
            if (residual != null) {
                WinogradRows.add(y, to, residual, to, tiles.outputs(s) * row);
            }
        }
    }

    /** Rows [from, to) of m = v times the weights of one point. Up to ROWS - 1 rows behind them are overwritten. */
    private void product(float[] m, int mStep, float[] v, int[] rows, int from, int to, int u) {
        for (int col = 0; col < columns; col += Panels.WIDE) {
            boolean narrow = columns - col <= Simd.LANES;
            for (int r = from; r < to; r += RowTile.ROWS) {
                RowTile.multiply(m, r * mStep + col, mStep, v, rows, r, Math.min(RowTile.ROWS, to - r), 1, channels, 0, weights,
                        u + col * channels, narrow);
            }
        }
    }

    /** Floats from row to row: whole panels, and one line more, or rows would share one set of the cache. */
    private static int stride(int floats) {
        return (floats + Panels.WIDE - 1) / Panels.WIDE * Panels.WIDE + 16;
    }
}
