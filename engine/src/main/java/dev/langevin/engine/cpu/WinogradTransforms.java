package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;
import static dev.langevin.engine.cpu.Winograd.OUTPUTS;
import static dev.langevin.engine.cpu.Winograd.P;
import static dev.langevin.engine.cpu.Winograd.P3;
import static dev.langevin.engine.cpu.Winograd.Q;
import static dev.langevin.engine.cpu.Winograd.Q3;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * {@link Winograd}'s transforms of images, one axis at a time: {@link #inputRow} or {@link #gradientRow} down the
 * columns of a strip for one point, then {@link #input} or {@link #gradient} along the row for each tile; and back,
 * {@link #output} along the row, then {@link #outputRows} down the columns.
 */
final class WinogradTransforms {
    /** Each thread's own, kept, so that a task makes no garbage. */
    static final ThreadLocal<WinogradTransforms> CURRENT = ThreadLocal.withInitial(WinogradTransforms::new);

    private final WinogradRows rows = new WinogradRows();

    /**
     * Row {@code point} of B^T d for one strip, of every {@code stride}-th row of an image.
     *
     * @param t       receives (stride * tiles.width, channels): {@code left} columns of zeros, the image's, zeros
     * @param strip   number of the strip in the batch
     * @param x       (n, h, w, channels)
     * @param top     the image's row under the first tap of the first output; negative in the padding
     */
    void inputRow(float[] t, WinogradTiles tiles, int strip, int point, float[] x, int h, int w, int channels, int top,
            int left, int stride) {
        int length = w * channels;
        Arrays.fill(t, 0, left * channels, 0);
        Arrays.fill(t, left * channels + length, stride * tiles.width * channels, 0);
        int first = stride * (strip % tiles.strips) * OUTPUTS + top;
        int image = strip / tiles.strips * h;
        float[] factors = Winograd.input(tiles.outputs(strip), point);
        rows.begin();
        for (int k = 0; k < factors.length; k++) {
            int row = first + stride * k;
            if (row >= 0 && row < h) {
                rows.term(factors[k], (image + row) * length);
            }
        }
        rows.write(t, left * channels, x, length);
    }

    /** Row {@code point} of A dy for one strip of dy (n, oh, ow, channels); t receives (ow, channels). */
    void gradientRow(float[] t, WinogradTiles tiles, int strip, int point, float[] dy, int oh, int ow, int channels) {
        int row = strip / tiles.strips * oh + strip % tiles.strips * OUTPUTS;
        float[] factors = Winograd.output(tiles.outputs(strip), point);
        rows.begin();
        for (int k = 0; k < factors.length; k++) {
            rows.term(factors[k], (row + k) * ow * channels);
        }
        rows.write(t, 0, dy, ow * channels);
    }

    /**
     * Along the row: the points of one strip's tiles.
     *
     * @param v       receives point j of the tile in slot s at (j slots + s) step + offset
     * @param t       made by {@link #inputRow}, read from {@code from} on in pixels {@code pixel} floats apart
     * @param whole   slot of the first whole tile
     * @param rest    slot of the tile that is not whole, where there is one
     */
    void input(float[] v, int offset, int slots, int step, WinogradTiles tiles, int whole, int rest, float[] t, int from,
            int pixel, int channels) {
        input(v, whole * step + offset, step, slots * step, t, from, pixel, channels, tiles.wholeCols);
        if (tiles.restCols > 0) {
            for (int j = 0; j < Winograd.points(tiles.restCols); j++) {
                combine(v, (j * slots + rest) * step + offset, Winograd.input(tiles.restCols, j), t,
                        from + tiles.wholeCols * OUTPUTS * pixel, pixel, channels);
            }
        }
    }

    /** As {@link #input}, of A dy. */
    void gradient(float[] v, int slots, int step, WinogradTiles tiles, int whole, int rest, float[] t, int channels) {
        gradient(v, whole * step, step, slots * step, t, channels, tiles.wholeCols);
        if (tiles.restCols > 0) {
            int from = tiles.wholeCols * OUTPUTS * channels;
            for (int j = 0; j < Winograd.points(tiles.restCols); j++) {
                combine(v, (j * slots + rest) * step, Winograd.output(tiles.restCols, j), t, from, channels, channels);
            }
        }
    }

    /** Along the row and back: t from {@code at} on receives (ow, channels), one row of (M A). */
    void output(float[] t, int at, float[] m, int slots, int step, WinogradTiles tiles, int whole, int rest, int channels) {
        int full = channels - channels % LANES;
        output(t, at, channels, m, whole * step, step, slots * step, 0, full, tiles.wholeCols);
        if (full < channels) {
            output(t, at, channels, m, whole * step, step, slots * step, channels - LANES, channels, tiles.wholeCols);
        }
        for (int r = 0; r < tiles.restCols; r++) {
            rows.begin();
            for (int j = 0; j < Winograd.points(tiles.restCols); j++) {
                rows.term(Winograd.output(tiles.restCols, j)[r], (j * slots + rest) * step);
            }
            rows.write(t, at + (tiles.wholeCols * OUTPUTS + r) * channels, m, channels);
        }
    }

    /**
     * Down the columns and back: the output rows of one strip, plus bias.
     *
     * @param y    written from {@code to} on, rows {@code length} floats
     * @param t    row i of the points at from + i step
     * @param bias one row of biases
     */
    void outputRows(float[] y, int to, float[] t, int from, int step, int outputs, float[] bias, int length) {
        int full = length - length % LANES;
        if (outputs == OUTPUTS) {
            output(y, to, length, t, from, step, bias, 0, full);
            if (full < length) {
                output(y, to, length, t, from, step, bias, length - LANES, length);
            }
            return;
        }
        for (int r = 0; r < outputs; r++) {
            rows.begin();
            for (int i = 0; i < Winograd.points(outputs); i++) {
                rows.term(Winograd.output(outputs, i)[r], from + i * step);
            }
            rows.write(y, to + r * length, t, length);
            WinogradRows.add(y, to + r * length, bias, 0, length);
        }
    }

    private void combine(float[] to, int at, float[] factors, float[] t, int from, int pixel, int channels) {
        rows.begin();
        for (int k = 0; k < factors.length; k++) {
            rows.term(factors[k], from + k * pixel);
        }
        rows.write(to, at, t, channels);
    }

    /** B^T d of {@code count} tiles: six points from six pixels. Writes whole vectors, the last up to LANES - 1 floats too many. */
    private static void input(float[] v, int to, int next, int step, float[] t, int from, int pixel, int channels, int count) {
        FloatVector p = FloatVector.broadcast(F, P);
        FloatVector q = FloatVector.broadcast(F, Q);
        FloatVector two = FloatVector.broadcast(F, -2);
        FloatVector half = FloatVector.broadcast(F, -0.5f);
        FloatVector most = FloatVector.broadcast(F, -2.5f);
        for (int tile = 0; tile < count; tile++, to += next, from += OUTPUTS * pixel) {
            for (int c = 0; c < channels; c += LANES) {
                FloatVector d0 = FloatVector.fromArray(F, t, from + c);
                FloatVector d1 = FloatVector.fromArray(F, t, from + pixel + c);
                FloatVector d2 = FloatVector.fromArray(F, t, from + 2 * pixel + c);
                FloatVector d3 = FloatVector.fromArray(F, t, from + 3 * pixel + c);
                FloatVector d4 = FloatVector.fromArray(F, t, from + 4 * pixel + c);
                FloatVector d5 = FloatVector.fromArray(F, t, from + 5 * pixel + c);
                d2.fma(most, d0.add(d4)).intoArray(v, to + c);
                FloatVector even = d2.fma(two, d4);
                FloatVector odd = d1.fma(two, d3).mul(p);
                even.add(odd).intoArray(v, to + step + c);
                even.sub(odd).intoArray(v, to + 2 * step + c);
                d3.fma(most, d1.add(d5)).intoArray(v, to + 3 * step + c);
                even = d2.fma(half, d4);
                odd = d1.fma(half, d3).mul(q);
                even.add(odd).intoArray(v, to + 4 * step + c);
                even.sub(odd).intoArray(v, to + 5 * step + c);
            }
        }
    }

    /** A dy of {@code count} tiles: six points from four pixels. Writes whole vectors. */
    private static void gradient(float[] v, int to, int next, int step, float[] t, int channels, int count) {
        int from = 0;
        FloatVector p = FloatVector.broadcast(F, P);
        FloatVector p3 = FloatVector.broadcast(F, P3);
        FloatVector q = FloatVector.broadcast(F, Q);
        FloatVector q3 = FloatVector.broadcast(F, Q3);
        FloatVector two = FloatVector.broadcast(F, 2);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        for (int tile = 0; tile < count; tile++, to += next, from += OUTPUTS * channels) {
            for (int c = 0; c < channels; c += LANES) {
                FloatVector y0 = FloatVector.fromArray(F, t, from + c);
                FloatVector y1 = FloatVector.fromArray(F, t, from + channels + c);
                FloatVector y2 = FloatVector.fromArray(F, t, from + 2 * channels + c);
                FloatVector y3 = FloatVector.fromArray(F, t, from + 3 * channels + c);
                y0.intoArray(v, to + c);
                FloatVector even = y2.fma(half, y0);
                FloatVector odd = y3.fma(p3, y1.mul(p));
                even.add(odd).intoArray(v, to + step + c);
                even.sub(odd).intoArray(v, to + 2 * step + c);
                y3.intoArray(v, to + 3 * step + c);
                even = y2.fma(two, y0);
                odd = y3.fma(q3, y1.mul(q));
                even.add(odd).intoArray(v, to + 4 * step + c);
                even.sub(odd).intoArray(v, to + 5 * step + c);
            }
        }
    }

    /** A^T m along the row of {@code count} tiles: four pixels, {@code step} apart, from six points. */
    private static void output(float[] t, int to, int step, float[] m, int from, int next, int point, int begin, int end,
            int count) {
        FloatVector p = FloatVector.broadcast(F, P);
        FloatVector p3 = FloatVector.broadcast(F, P3);
        FloatVector q = FloatVector.broadcast(F, Q);
        FloatVector q3 = FloatVector.broadcast(F, Q3);
        FloatVector two = FloatVector.broadcast(F, 2);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        for (int tile = 0; tile < count; tile++, to += OUTPUTS * step, from += next) {
            for (int c = begin; c < end; c += LANES) {
                FloatVector up = FloatVector.fromArray(F, m, from + point + c);
                FloatVector um = FloatVector.fromArray(F, m, from + 2 * point + c);
                FloatVector vp = FloatVector.fromArray(F, m, from + 4 * point + c);
                FloatVector vm = FloatVector.fromArray(F, m, from + 5 * point + c);
                FloatVector even = up.add(um);
                FloatVector odd = up.sub(um);
                FloatVector far = vp.add(vm);
                FloatVector farOdd = vp.sub(vm);
                FloatVector.fromArray(F, m, from + c).add(even).add(far).intoArray(t, to + c);
                farOdd.fma(q, odd.mul(p)).intoArray(t, to + step + c);
                far.fma(two, even.mul(half)).intoArray(t, to + 2 * step + c);
                farOdd.fma(q3, odd.fma(p3, FloatVector.fromArray(F, m, from + 3 * point + c))).intoArray(t, to + 3 * step + c);
            }
        }
    }

    /** A^T t down the columns plus bias: four rows, {@code step} apart, from six. */
    private static void output(float[] y, int to, int step, float[] t, int from, int point, float[] bias, int begin,
            int end) {
        FloatVector p = FloatVector.broadcast(F, P);
        FloatVector p3 = FloatVector.broadcast(F, P3);
        FloatVector q = FloatVector.broadcast(F, Q);
        FloatVector q3 = FloatVector.broadcast(F, Q3);
        FloatVector two = FloatVector.broadcast(F, 2);
        FloatVector half = FloatVector.broadcast(F, 0.5f);
        for (int c = begin; c < end; c += LANES) {
            FloatVector up = FloatVector.fromArray(F, t, from + point + c);
            FloatVector um = FloatVector.fromArray(F, t, from + 2 * point + c);
            FloatVector vp = FloatVector.fromArray(F, t, from + 4 * point + c);
            FloatVector vm = FloatVector.fromArray(F, t, from + 5 * point + c);
            FloatVector b = FloatVector.fromArray(F, bias, c);
            FloatVector even = up.add(um);
            FloatVector odd = up.sub(um);
            FloatVector far = vp.add(vm);
            FloatVector farOdd = vp.sub(vm);
            FloatVector.fromArray(F, t, from + c).add(even).add(far).add(b).intoArray(y, to + c);
            farOdd.fma(q, odd.mul(p)).add(b).intoArray(y, to + step + c);
            far.fma(two, even.mul(half)).add(b).intoArray(y, to + 2 * step + c);
            farOdd.fma(q3, odd.fma(p3, FloatVector.fromArray(F, t, from + 3 * point + c))).add(b)
                    .intoArray(y, to + 3 * step + c);
        }
    }
}
