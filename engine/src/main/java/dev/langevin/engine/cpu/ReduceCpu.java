package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Lanes.PARTS;
import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import dev.langevin.engine.Shape;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Sums and maxima over axes. The tree of every sum is fixed by the shape alone: pieces of fixed length, in each a few
 * vectors of float, the pieces added in order in double precision. So the bits depend neither on the threads nor on the
 * vector width.
 */
public final class ReduceCpu {
    /** Elements of a row that are added in float before the sum goes on in double. */
    private static final int PIECE = 4096;
    /** Rows that are added in float, column by column. */
    private static final int ROWS = 64;
    private static final int GRAIN = 16384;

    private ReduceCpu() {
    }

    /**
     * Sum to a shape that broadcasts to the input's.
     *
     * @param out of shape {@code target}
     * @param in of shape {@code shape}; not out
     */
    public static void sum(float[] out, Shape target, float[] in, Shape shape) {
        reduce(false, out, target, in, shape);
    }

    /** Maximum, as {@link #sum}; NaN wins. An empty axis gives -infinity. */
    public static void max(float[] out, Shape target, float[] in, Shape shape) {
        reduce(true, out, target, in, shape);
    }

    private static void reduce(boolean max, float[] out, Shape target, float[] in, Shape shape) {
        int groups = 0;
        for (int i = 0; i < shape.rank(); i++) {
            groups += reduced(i, target, shape) && (i == 0 || !reduced(i - 1, target, shape)) ? 1 : 0;
        }
        if (groups == 0) {
            System.arraycopy(in, 0, out, 0, shape.size());
            return;
        }
        // One group of neighbouring axes at a time, the innermost first; between two of them the sums are rounded to float.
        float[] from = in;
        int inner = 1;
        for (int end = shape.rank(), start; groups > 0; end = start) {
            boolean reduced = reduced(end - 1, target, shape);
            start = end - 1;
            while (start > 0 && reduced(start - 1, target, shape) == reduced) {
                start--;
            }
            int length = shape.product(start, end);
            if (!reduced) {
                inner *= length;
                continue;
            }
            int outer = shape.product(0, start);
            groups--;
            float[] to = groups == 0 ? out : Scratch.local().floats(
                    groups % 2 == 0 ? Scratch.REDUCE_A : Scratch.REDUCE_B, outer * inner);
            if (inner == 1) {
                rows(max, to, from, outer, length);
            } else {
                columns(max, to, from, outer, length, inner);
            }
            from = to;
        }
    }

    /** Whether axis {@code i} of {@code shape} has no counterpart in {@code target}, aligned at the end, or one of length 1. */
    private static boolean reduced(int i, Shape target, Shape shape) {
        int counterpart = i - shape.rank() + target.rank();
        return shape.dim(i) != 1 && (counterpart < 0 || target.dim(counterpart) == 1);
    }

    /** (outer, length) to (outer). */
    private static void rows(boolean max, float[] out, float[] in, int outer, int length) {
        if (!max && outer < 2 * Parallel.threads() && length > GRAIN) {
            for (int o = 0; o < outer; o++) {
                out[o] = (float) longRow(in, o * length, length);
            }
            return;
        }
        Parallel.chunks(outer, Math.max(1, GRAIN / Math.max(1, length)), (from, to) -> {
            for (int o = from; o < to; o++) {
                if (max) {
                    out[o] = maxOf(in, o * length, (o + 1) * length);
                    continue;
                }
                double sum = 0;
                for (int i = 0; i < length; i += PIECE) {
                    sum += pieceSum(in, o * length + i, o * length + Math.min(length, i + PIECE));
                }
                out[o] = (float) sum;
            }
        });
    }

    /** One row on all threads, with the same tree as on one. */
    private static double longRow(float[] in, int start, int length) {
        int pieces = (length + PIECE - 1) / PIECE;
        double[] partial = Scratch.local().doubles(Scratch.REDUCE, pieces);
        Parallel.chunks(pieces, 4, (from, to) -> {
            for (int p = from; p < to; p++) {
                partial[p] = pieceSum(in, start + p * PIECE, start + Math.min(length, (p + 1) * PIECE));
            }
        });
        double sum = 0;
        for (int p = 0; p < pieces; p++) {
            sum += partial[p];
        }
        return sum;
    }

    /** Four times {@link Lanes#PARTS} partial sums, then those in pairs. */
    private static float pieceSum(float[] in, int from, int to) {
        int whole = to - (to - from) % PARTS;
        float sum = 0;
        if (from < whole) {
            float[] parts = Scratch.local().floats(Scratch.LANES, PARTS);
            for (int lane = 0; lane < PARTS; lane += LANES) {
                partialSums(parts, lane, in, from + lane, whole);
            }
            sum = Lanes.sum(parts, 0);
        }
        float rest = 0;
        for (int i = whole; i < to; i++) {
            rest += in[i];
        }
        return sum + rest;
    }

    private static void partialSums(float[] parts, int lane, float[] in, int from, int to) {
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = from;
        for (; i < to - 3 * PARTS; i += 4 * PARTS) {
            s0 = s0.add(FloatVector.fromArray(F, in, i));
            s1 = s1.add(FloatVector.fromArray(F, in, i + PARTS));
            s2 = s2.add(FloatVector.fromArray(F, in, i + 2 * PARTS));
            s3 = s3.add(FloatVector.fromArray(F, in, i + 3 * PARTS));
        }
        for (; i < to; i += PARTS) {
            s0 = s0.add(FloatVector.fromArray(F, in, i));
        }
        s0.add(s1).add(s2.add(s3)).intoArray(parts, lane);
    }

    static float maxOf(float[] in, int from, int to) {
        float max = Float.NEGATIVE_INFINITY;
        int i = from;
        if (to - from >= LANES) {
            FloatVector m = FloatVector.fromArray(F, in, i);
            for (i += LANES; i <= to - LANES; i += LANES) {
                m = m.max(FloatVector.fromArray(F, in, i));
            }
            max = Lanes.max(m);
        }
        for (; i < to; i++) {
            max = Math.max(max, in[i]);
        }
        return max;
    }

    /** (outer, length, inner) to (outer, inner): blocks of {@link #ROWS} rows in float, blocks in order in double. */
    private static void columns(boolean max, float[] out, float[] in, int outer, int length, int inner) {
        int blocks = Math.max(1, (length + ROWS - 1) / ROWS);
        float[] partial = blocks == 1 ? out
                : Scratch.local().floats(Scratch.REDUCE_PARTIAL, outer * blocks * inner);
        int grain = Math.max(1, GRAIN / Math.max(1, Math.min(ROWS, length) * inner));
        Parallel.chunks(outer * blocks, grain, (from, to) -> {
            for (int t = from; t < to; t++) {
                int first = t % blocks * ROWS;
                int last = Math.min(length, first + ROWS);
                int start = t / blocks * length * inner;
                if (max) {
                    maxRows(partial, t * inner, in, start + first * inner, last - first, inner);
                } else {
                    sumRows(partial, t * inner, in, start + first * inner, last - first, inner);
                }
            }
        });
        if (blocks == 1) {
            return;
        }
        Parallel.chunks(outer, Math.max(1, GRAIN / Math.max(1, blocks * inner)), (from, to) -> {
            for (int o = from; o < to; o++) {
                combine(max, out, o * inner, partial, o * blocks * inner, blocks, inner);
            }
        });
    }

    private static void combine(boolean max, float[] out, int at, float[] partial, int start, int blocks, int inner) {
        if (max) {
            maxRows(out, at, partial, start, blocks, inner);
            return;
        }
        double[] sum = Scratch.local().doubles(Scratch.COLUMN_SUMS, inner);
        Arrays.fill(sum, 0, inner, 0);
        for (int k = 0; k < blocks; k++) {
            addRow(sum, partial, start + k * inner, inner);
        }
        for (int j = 0; j < inner; j++) {
            out[at + j] = (float) sum[j];
        }
    }

    private static void addRow(double[] sum, float[] row, int from, int length) {
        for (int j = 0; j < length; j++) {
            sum[j] += row[from + j];
        }
    }

    private static void sumRows(float[] out, int at, float[] in, int start, int rows, int inner) {
        Arrays.fill(out, at, at + inner, 0f);
        int r = 0;
        for (; r <= rows - 4; r += 4) {
            int i0 = start + r * inner;
            int j = 0;
            for (; j <= inner - LANES; j += LANES) {
                FloatVector s = FloatVector.fromArray(F, in, i0 + j).add(FloatVector.fromArray(F, in, i0 + inner + j));
                FloatVector t = FloatVector.fromArray(F, in, i0 + 2 * inner + j)
                        .add(FloatVector.fromArray(F, in, i0 + 3 * inner + j));
                FloatVector.fromArray(F, out, at + j).add(s.add(t)).intoArray(out, at + j);
            }
            for (; j < inner; j++) {
                out[at + j] += in[i0 + j] + in[i0 + inner + j] + (in[i0 + 2 * inner + j] + in[i0 + 3 * inner + j]);
            }
        }
        for (; r < rows; r++) {
            for (int j = 0; j < inner; j++) {
                out[at + j] += in[start + r * inner + j];
            }
        }
    }

    private static void maxRows(float[] out, int at, float[] in, int start, int rows, int inner) {
        Arrays.fill(out, at, at + inner, Float.NEGATIVE_INFINITY);
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < inner; j++) {
                out[at + j] = Math.max(out[at + j], in[start + r * inner + j]);
            }
        }
    }
}
