package dev.langevin.engine.cpu;

/**
 * Products of windows of padded images with packed weights, the common form of convolution and of its gradient with
 * respect to the input: each output pixel is one row of taps, the output channels are the columns. Windows are read in place
 * from a slab of padded images (an implicit matrix product); nothing of the size of the batch is rearranged.
 */
final class WindowProduct {
    /**
     * A grid of windows of one size, and the output pixels they make.
     *
     * @param rows   windows in a column; window (q, r) begins at padded row {@code top + q * step} and column
     *               {@code left + r * step}
     * @param cols   windows in a row
     * @param kh     height of a window, may be 0
     * @param kw     width of a window, may be 0
     * @param outTop window (q, r) makes output pixel (outTop + q * outStep, outLeft + r * outStep)
     * @param weights where its weights begin in the packed weights
     */
    record Grid(int rows, int cols, int top, int left, int step, int kh, int kw, int outTop, int outLeft, int outStep,
            int weights) {
    }

    private final float[] x;
    private final int n;
    private final int h;
    private final int w;
    private final int channels;
    private final int padTop;
    private final int padLeft;
    private final Grid[] grids;
    private final float[] y;
    private final int oh;
    private final int ow;
    private final int columns;
    private final int width;
    private final int gridRows;
    private final boolean direct;
    private final int group;
    private final int band;
    private final int bands;

    /**
     * @param x (n, h, w, channels), read with {@code padTop} rows and {@code padLeft} columns of zeros before it (negative
     *          numbers cut) and as many behind it as the windows ask for
     * @param y (n, oh, ow, columns), written wherever the grids say
     */
    WindowProduct(float[] x, int n, int h, int w, int channels, int padTop, int padLeft, Grid[] grids, float[] y,
            int oh, int ow, int columns) {
        this.x = x;
        this.n = n;
        this.h = h;
        this.w = w;
        this.channels = channels;
        this.padTop = padTop;
        this.padLeft = padLeft;
        this.grids = grids;
        this.y = y;
        this.oh = oh;
        this.ow = ow;
        this.columns = columns;
        int right = 0;
        int bottom = 0;
        int most = 0;
        for (Grid g : grids) {
            bottom = Math.max(bottom, g.top + (g.rows - 1) * g.step + g.kh);
            right = Math.max(right, g.left + (g.cols - 1) * g.step + g.kw);
            most = Math.max(most, g.rows);
        }
        this.gridRows = most;
        this.direct = padTop == 0 && padLeft == 0 && bottom <= h && right <= w;
        this.width = direct ? w : right;
        // Bands and groups only share out the work; no sum is cut, so they may depend on the number of threads.
        int wanted = 4 * Parallel.threads();
        long image = (long) bottom * right * channels;
        int cut = (int) Math.min(gridRows, Math.max((image + Slab.FLOATS - 1) / Slab.FLOATS, (wanted + n - 1) / n));
        this.band = (gridRows + cut - 1) / cut;
        this.bands = (gridRows + band - 1) / band;
        this.group = bands > 1 ? 1
                : Math.clamp(Slab.FLOATS / Math.max(1, image), 1, Math.max(1, n / wanted));
    }

    /**
     * Writes y = windows times weights, plus bias, plus z.
     *
     * @param weights for each grid at {@link Grid#weights} its (kh * kw * channels, columns) factor, packed by
     *                {@link Panels}; or transposed and unpacked when {@code dot}
     * @param bias    (columns) or null
     * @param z       like y, or null
     */
    void run(float[] weights, boolean dot, float[] bias, float[] z) {
        int slabs = (n + group - 1) / group * bands;
        int panels = Panels.count(columns);
        int parts = dot ? 1 : Math.clamp((2L * Parallel.threads() + slabs - 1) / slabs, 1, panels);
        int share = (panels + parts - 1) / parts;
        int shares = (panels + share - 1) / share;
        Parallel.run(slabs * shares, task -> {
            int slab = task / shares;
            int image = slab / bands * group;
            int row = slab % bands * band;
            int panel = task % shares * share;
            slab(weights, dot, bias, z, image, Math.min(n, image + group), row, Math.min(gridRows, row + band), panel,
                    Math.min(panels, panel + share));
        });
    }

    private void slab(float[] weights, boolean dot, float[] bias, float[] z, int from, int to, int q0, int q1, int panelFrom,
            int panelTo) {
        Scratch scratch = Scratch.local();
        int lo = Integer.MAX_VALUE;
        int hi = 0;
        for (Grid g : grids) {
            if (q0 < g.rows) {
                lo = Math.min(lo, g.top + q0 * g.step);
                hi = Math.max(hi, g.top + (Math.min(q1, g.rows) - 1) * g.step + g.kh);
            }
        }
        float[] source = x;
        int imageFloats = h * w * channels;
        int origin = from * imageFloats;
        if (!direct) {
            hi = Math.max(lo, hi);
            imageFloats = (hi - lo) * width * channels;
            origin = -lo * width * channels;
            source = scratch.floats(Scratch.SLAB, (long) (to - from) * imageFloats);
            Slab.fill(source, x, from, to, h, w, channels, padTop, padLeft, lo, hi, width);
        }
        float[] tile = scratch.floats(Scratch.TILE, RowTile.ROWS * RowTile.WIDE);
        for (Grid g : grids) {
            int rows = Math.min(q1, g.rows) - q0;
            if (rows <= 0 || g.cols == 0) {
                continue;
            }
            int most = (to - from) * rows * g.cols;
            int[] readAt = scratch.ints(Scratch.READ_AT, most + RowTile.ROWS);
            int[] writeAt = scratch.ints(Scratch.WRITE_AT, most);
            int count = 0;
            for (int i = 0; i < to - from; i++) {
                for (int q = q0; q < q0 + rows; q++) {
                    int read = origin + i * imageFloats + ((g.top + q * g.step) * width + g.left) * channels;
                    int write = (((from + i) * oh + g.outTop + q * g.outStep) * ow + g.outLeft) * columns;
                    for (int r = 0; r < g.cols; r++, count++) {
                        readAt[count] = read + r * g.step * channels;
                        writeAt[count] = write + r * g.outStep * columns;
                    }
                }
            }
            RowProduct.padRows(readAt, count);
            if (dot) {
                RowProduct.dot(y, writeAt, source, readAt, count, g.kh, g.kw * channels, width * channels, weights,
                        g.weights, columns, bias, z);
            } else {
                RowProduct.multiply(y, writeAt, source, readAt, count, g.kh, g.kw * channels, width * channels,
                        weights, g.weights, panelFrom, panelTo, columns, bias, z, tile);
            }
        }
    }
}
