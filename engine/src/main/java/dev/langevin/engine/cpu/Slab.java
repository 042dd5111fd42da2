package dev.langevin.engine.cpu;

import java.util.Arrays;

/** Pieces of padded images, small enough for the L2 cache of one core. */
final class Slab {
    /** Floats of a piece: 256 KiB, which leaves as much of the smallest L2 caches for packed weights. */
    static final int FLOATS = 1 << 16;

    private Slab() {
    }

    /**
     * Copies rows [lo, hi) of the padded images [from, to) into (to - from, hi - lo, width, channels). Row y and
     * column x of a padded image are row y - top and column x - left of the image, zeros outside it; negative
     * {@code top} and {@code left} cut off rows and columns.
     */
    static void fill(float[] slab, float[] x, int from, int to, int height, int imageWidth, int channels, int top,
            int left, int lo, int hi, int width) {
        int before = Math.max(0, Math.min(width, left));
        int inside = Math.max(before, Math.min(width, left + imageWidth));
        int at = 0;
        for (int image = from; image < to; image++) {
            for (int y = lo - top; y < hi - top; y++) {
                int end = at + width * channels;
                if (y < 0 || y >= height) {
                    Arrays.fill(slab, at, end, 0);
                } else {
                    int source = ((image * height + y) * imageWidth + before - left) * channels;
                    Arrays.fill(slab, at, at + before * channels, 0);
                    System.arraycopy(x, source, slab, at + before * channels, (inside - before) * channels);
                    Arrays.fill(slab, at + inside * channels, end, 0);
                }
                at = end;
            }
        }
    }
}
