package dev.langevin.engine.cpu;

/**
 * How the outputs of one image are cut into tiles of 4x4 and, at its lower and right edge, smaller ones. A strip is a row
 * of tiles. Strips are numbered through the batch, and some of them in a row make a block. The tiles of a block lie in
 * slots, those that need fewer points before and behind, so that the tiles that need a point are always neighbours:
 * right edge of whole strips, whole tiles, lower edge, corners.
 */
final class WinogradTiles {
    /** Each thread's own, kept, so that a task makes no garbage. */
    static final ThreadLocal<WinogradTiles> CURRENT = ThreadLocal.withInitial(WinogradTiles::new);

    /** Whole strips of an image. */
    private int wholeRows;
    /** Outputs of the last strip where it is not whole, else 0. */
    private int restRows;
    /** Whole tiles of a strip. */
    int wholeCols;
    /** Outputs in a row of the last tile where it is not whole, else 0. */
    int restCols;
    /** Strips of an image. */
    int strips;
    /** Columns that a strip reads, padding included. */
    int width;

    // The block.
    private int first;
    private int last;
    private int wholeStrips;
    private int edge;
    private int whole;
    private int lower;
    private int slots;

    /** Cuts images of {@code oh} by {@code ow} outputs; there is no block yet. */
    WinogradTiles cut(int oh, int ow) {
        wholeRows = oh / Winograd.OUTPUTS;
        restRows = oh % Winograd.OUTPUTS;
        wholeCols = ow / Winograd.OUTPUTS;
        restCols = ow % Winograd.OUTPUTS;
        strips = wholeRows + (restRows > 0 ? 1 : 0);
        width = wholeCols * Winograd.OUTPUTS + (restCols == 0 ? 2 : Winograd.points(restCols));
        return this;
    }

    /** Tiles of a strip. */
    int tiles() {
        return wholeCols + (restCols > 0 ? 1 : 0);
    }

    /** Products of one pair of channels for one image, all phases together. */
    int products(Conv2dGeometry g) {
        return g.stride() * g.stride() * points(wholeRows, restRows, g) * points(wholeCols, restCols, g);
    }

    private static int points(int whole, int rest, Conv2dGeometry g) {
        int points = 0;
        for (int i = 0; i < Winograd.POINTS; i++) {
            if (!Winograd.vanishes(g, i)) {
                points += whole + (i < Winograd.points(rest) ? 1 : 0);
            }
        }
        return points;
    }

    /** Makes strips [first, last) the block. */
    void block(int first, int last) {
        this.first = first;
        this.last = last;
        wholeStrips = wholeBefore(last) - wholeBefore(first);
        int rest = last - first - wholeStrips;
        int corner = restCols > 0 ? 1 : 0;
        edge = wholeStrips * corner;
        whole = edge + wholeStrips * wholeCols;
        lower = whole + rest * wholeCols;
        slots = lower + rest * corner;
    }

    private int wholeBefore(int strip) {
        return strip / strips * wholeRows + Math.min(strip % strips, wholeRows);
    }

    /** Outputs in a column of a strip. */
    int outputs(int strip) {
        return strip % strips < wholeRows ? Winograd.OUTPUTS : restRows;
    }

    /** Whether a strip has the point in its columns. */
    boolean has(int strip, int point) {
        return point < Winograd.points(outputs(strip));
    }

    /** Tiles of the block. */
    int slots() {
        return slots;
    }

    /** The slot of the first whole tile of a strip of the block; its other whole tiles follow. */
    int wholeSlot(int strip) {
        int before = wholeBefore(strip) - wholeBefore(first);
        return outputs(strip) == Winograd.OUTPUTS ? edge + before * wholeCols
                : whole + (strip - first - before) * wholeCols;
    }

    /** The slot of the last tile of a strip of the block, where it is not whole. */
    int restSlot(int strip) {
        int before = wholeBefore(strip) - wholeBefore(first);
        return outputs(strip) == Winograd.OUTPUTS ? before : lower + strip - first - before;
    }

    /** The first slot that needs point (i, j). */
    int from(int j) {
        return j < Winograd.points(restCols) ? 0 : edge;
    }

    /** The slot after the last that needs point (i, j). */
    int to(int i, int j) {
        if (i >= Winograd.points(restRows)) {
            return whole;
        }
        return j < Winograd.points(restCols) ? slots : lower;
    }

    int first() {
        return first;
    }

    int last() {
        return last;
    }
}
