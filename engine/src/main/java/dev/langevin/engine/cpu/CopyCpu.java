package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Movement of elements: no arithmetic but the sums in the adjoints. Results never overlap operands. */
public final class CopyCpu {
    private static final int GRAIN = 16384;
    /** Side of the square in which a transposition stays within a few cache lines. */
    private static final int SQUARE = 16;

    private CopyCpu() {
    }

    /** out = in with its axes in the order {@code axes}: axis i of out is axis axes[i] of in, which has {@code dims}. */
    public static void permute(float[] out, float[] in, int[] dims, int[] axes) {
        int rank = dims.length;
        int[] strides = new int[rank];
        int stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        // Merges axes of out that are neighbours in the same order in in; axes of length 1 go.
        int[] d = new int[rank + 1];
        int[] s = new int[rank + 1];
        int count = 0;
        for (int axis : axes) {
            if (dims[axis] == 1) {
                continue;
            }
            if (count > 0 && s[count - 1] == strides[axis] * dims[axis]) {
                d[count - 1] *= dims[axis];
            } else {
                d[count++] = dims[axis];
            }
            s[count - 1] = strides[axis];
        }
        if (count == 0) {
            d[0] = 1;
            s[0] = 1;
            count = 1;
        }
        if (stride == 0) {
            return;
        }
        int last = count - 1;
        if (s[last] == 1) {
            rows(out, in, d, s, last, stride / d[last]);
        } else if (last > 0 && s[last - 1] == 1) {
            transpose(out, in, d, s, last - 1, stride / d[last] / d[last - 1]);
        } else {
            strided(out, in, d, s, last, stride / d[last]);
        }
    }

    private static void rows(float[] out, float[] in, int[] d, int[] s, int last, int rows) {
        int inner = d[last];
        Parallel.chunks(rows, Math.max(1, GRAIN / inner), (from, to) -> {
            for (int r = from; r < to; r++) {
                System.arraycopy(in, offset(d, s, last, r), out, r * inner, inner);
            }
        });
    }

    private static void strided(float[] out, float[] in, int[] d, int[] s, int last, int rows) {
        int inner = d[last];
        int step = s[last];
        Parallel.chunks(rows, Math.max(1, GRAIN / inner), (from, to) -> {
            for (int r = from; r < to; r++) {
                int at = offset(d, s, last, r);
                for (int i = 0; i < inner; i++) {
                    out[r * inner + i] = in[at + i * step];
                }
            }
        });
    }

    /** The last two axes of out change places in in (with stride 1 and s[last]); in squares, for the cache. */
    private static void transpose(float[] out, float[] in, int[] d, int[] s, int axis, int batch) {
        int rows = d[axis];
        int columns = d[axis + 1];
        int step = s[axis + 1];
        int bands = (rows + SQUARE - 1) / SQUARE;
        Parallel.chunks(batch * bands, Math.max(1, GRAIN / (SQUARE * columns)), (from, to) -> {
            for (int t = from; t < to; t++) {
                int b = t / bands;
                int first = t % bands * SQUARE;
                band(out, b * rows * columns, in, offset(d, s, axis, b), first, Math.min(rows, first + SQUARE),
                        columns, step);
            }
        });
    }

    private static void band(float[] out, int to, float[] in, int from, int first, int last, int columns, int step) {
        for (int c = 0; c < columns; c += SQUARE) {
            int end = Math.min(columns, c + SQUARE);
            for (int r = first; r < last; r++) {
                for (int j = c; j < end; j++) {
                    out[to + r * columns + j] = in[from + r + j * step];
                }
            }
        }
    }

    private static int offset(int[] d, int[] s, int axes, int index) {
        int offset = 0;
        for (int i = axes - 1; i >= 0; i--) {
            offset += index % d[i] * s[i];
            index /= d[i];
        }
        return offset;
    }

    /**
     * Copies a range of one axis: out[o, outStart + k, i] = in[o, inStart + k, i] for k in [0, length). With in longer
     * along the axis it is a slice, with out longer a pad (of an out that holds the padding) or a part of a concat.
     *
     * @param out (outer, outLength, inner)
     * @param in (outer, inLength, inner)
     */
    public static void range(float[] out, int outLength, int outStart, float[] in, int inLength, int inStart,
            int length, int outer, int inner) {
        int run = length * inner;
        if (run == 0) {
            return;
        }
        Parallel.chunks(outer, Math.max(1, GRAIN / run), (from, to) -> {
            for (int o = from; o < to; o++) {
                System.arraycopy(in, (o * inLength + inStart) * inner, out, (o * outLength + outStart) * inner, run);
            }
        });
    }

    /** out (outer, to - from, inner) = in (outer, length, inner) [:, from:to]. */
    public static void slice(float[] out, float[] in, int outer, int length, int inner, int from, int to) {
        range(out, to - from, 0, in, length, from, to - from, outer, inner);
    }

    /** out (outer, before + length + after, inner) = in (outer, length, inner) with zeros around; the adjoint of slice. */
    public static void pad(float[] out, float[] in, int outer, int length, int inner, int before, int after) {
        int total = before + length + after;
        Arrays.fill(out, 0, outer * total * inner, 0f);
        range(out, total, before, in, length, 0, length, outer, inner);
    }

    /** out (outer, sum of lengths, inner) = the operands (outer, lengths[i], inner) behind one another. */
    public static void concat(float[] out, float[][] in, int[] lengths, int outer, int inner) {
        int total = 0;
        for (int length : lengths) {
            total += length;
        }
        int start = 0;
        for (int i = 0; i < in.length; i++) {
            range(out, total, start, in[i], lengths[i], 0, lengths[i], outer, inner);
            start += lengths[i];
        }
    }

    /** Nearest-neighbour upsampling: out (n, 2 h, 2 w, c) from in (n, h, w, c). */
    public static void upsample2(float[] out, float[] in, int n, int h, int w, int c) {
        Parallel.chunks(n * h, Math.max(1, GRAIN / Math.max(1, 4 * w * c)), (from, to) -> {
            for (int row = from; row < to; row++) {
                int at = row * 4 * w * c;
                for (int x = 0; x < w; x++) {
                    System.arraycopy(in, (row * w + x) * c, out, at + 2 * x * c, c);
                    System.arraycopy(in, (row * w + x) * c, out, at + (2 * x + 1) * c, c);
                }
                System.arraycopy(out, at, out, at + 2 * w * c, 2 * w * c);
            }
        });
    }

    /** The adjoint of {@link #upsample2}: dx (n, h, w, c) is the sum of each two by two pixels of dy (n, 2 h, 2 w, c). */
    public static void upsample2Backward(float[] dx, float[] dy, int n, int h, int w, int c) {
        Parallel.chunks(n * h, Math.max(1, GRAIN / Math.max(1, 4 * w * c)), (from, to) -> {
            for (int row = from; row < to; row++) {
                sumPairs(dx, row * w * c, dy, row * 4 * w * c, w, c);
            }
        });
    }

    private static void sumPairs(float[] dx, int to, float[] dy, int from, int w, int c) {
        int line = 2 * w * c;
        for (int x = 0; x < w; x++) {
            int at = from + 2 * x * c;
            int i = 0;
            for (; i <= c - LANES; i += LANES) {
                FloatVector upper = FloatVector.fromArray(F, dy, at + i).add(FloatVector.fromArray(F, dy, at + c + i));
                FloatVector lower = FloatVector.fromArray(F, dy, at + line + i)
                        .add(FloatVector.fromArray(F, dy, at + line + c + i));
                upper.add(lower).intoArray(dx, to + x * c + i);
            }
            for (; i < c; i++) {
                dx[to + x * c + i] = dy[at + i] + dy[at + c + i] + (dy[at + line + i] + dy[at + line + c + i]);
            }
        }
    }

    /** out (count, inner): row i is row indices[i] of table (any, inner). */
    public static void gather(float[] out, float[] table, int[] indices, int count, int inner) {
        Parallel.chunks(count, Math.max(1, GRAIN / Math.max(1, inner)), (from, to) -> {
            for (int i = from; i < to; i++) {
                System.arraycopy(table, indices[i] * inner, out, i * inner, inner);
            }
        });
    }

    /**
     * The adjoint of {@link #gather}: table (rows, inner) becomes 0 and then row i of in (count, inner) is added to its
     * row indices[i], in the order of i. Threads take columns, not rows, so the order is the same on each number of
     * them.
     */
    public static void scatterAdd(float[] table, int rows, float[] in, int[] indices, int count, int inner) {
        Arrays.fill(table, 0, rows * inner, 0f);
        int columns = Math.max(64, GRAIN / Math.max(1, count));
        Parallel.chunks(inner, columns, (from, to) -> {
            for (int i = 0; i < count; i++) {
                addTo(table, indices[i] * inner + from, in, i * inner + from, to - from);
            }
        });
    }

    private static void addTo(float[] out, int at, float[] in, int from, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(F, out, at + i).add(FloatVector.fromArray(F, in, from + i)).intoArray(out, at + i);
        }
        for (; i < length; i++) {
            out[at + i] += in[from + i];
        }
    }
}
