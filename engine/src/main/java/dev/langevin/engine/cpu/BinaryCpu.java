package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

import java.util.Arrays;

/**
 * Binary functions with broadcasting. Adjacent axes over which both operands move alike are merged, so that what
 * remains is few axes with a long innermost one, on which an operand is contiguous or constant.
 */
public final class BinaryCpu {
    private static final int GRAIN = 16384;
    /** Innermost axes shorter than this are repeated to a tile about this long when one operand is the same on each. */
    private static final int TILE = 256;

    private BinaryCpu() {
    }

    /** out = op(a, b) over {@code size} elements; out may be a or b. */
    public static void binary(BinaryOp op, float[] out, float[] a, float[] b, int size) {
        Parallel.chunks(size, GRAIN, (from, to) -> BinaryLoops.run(op, out, from, a, from, 1, b, from, 1, to - from));
    }

    /** out = op(a, s) over {@code size} elements. */
    public static void binary(BinaryOp op, float[] out, float[] a, float s, int size) {
        Parallel.chunks(size, GRAIN, (from, to) ->
                BinaryLoops.run(op, out, from, a, from, 1, constant(0, s), 0, 0, to - from));
    }

    /** out = op(s, b) over {@code size} elements. */
    public static void binary(BinaryOp op, float[] out, float s, float[] b, int size) {
        Parallel.chunks(size, GRAIN, (from, to) ->
                BinaryLoops.run(op, out, from, constant(0, s), 0, 0, b, from, 1, to - from));
    }

    /**
     * out = op(a, b) with broadcasting.
     *
     * @param out contiguous, of shape {@code outDims}; may be an operand that is not stretched
     * @param outDims lengths of the axes, outermost first
     * @param aStrides elements between neighbours of a along each axis, 0 where a is stretched; the innermost axis
     *        longer than 1 has stride 0 or 1
     * @param bStrides the same of b
     */
    public static void binary(BinaryOp op, float[] out, int[] outDims, float[] a, int[] aStrides,
            float[] b, int[] bStrides) {
        Walk walk = Walk.collapse(outDims, aStrides, bStrides);
        if (walk.size == 0) {
            return;
        }
        int rank = walk.rank;
        int inner = walk.dims[rank - 1];
        int sa = walk.a[rank - 1];
        int sb = walk.b[rank - 1];
        if (sa < 0 || sa > 1 || sb < 0 || sb > 1) {
            throw new IllegalArgumentException("binary: innermost strides " + sa + " and " + sb + ": expected 0 or 1");
        }
        int rows = walk.size / inner;
        if (rank > 1 && inner < TILE && sa == 1 && sb == 1 && (walk.a[rank - 2] == 0 || walk.b[rank - 2] == 0)) {
            tiled(op, out, a, b, walk);
            return;
        }
        int pieces = inner >= 2 * GRAIN ? (inner + GRAIN - 1) / GRAIN : 1;
        int piece = pieces == 1 ? inner : GRAIN;
        Parallel.chunks(rows * pieces, Math.max(1, GRAIN / piece), (from, to) -> {
            for (int t = from; t < to; t++) {
                int row = t / pieces;
                int start = t % pieces * piece;
                int length = Math.min(piece, inner - start);
                int ia = walk.offset(walk.a, row, rank - 1);
                int ib = walk.offset(walk.b, row, rank - 1);
                float[] x = sa == 1 ? a : constant(0, a[ia]);
                float[] z = sb == 1 ? b : constant(1, b[ib]);
                BinaryLoops.run(op, out, row * inner + start, x, sa == 1 ? ia + start : 0, sa,
                        z, sb == 1 ? ib + start : 0, sb, length);
            }
        });
    }

    /** Short rows of which one operand has the same on each: that row is written out several times, and taken as one. */
    private static void tiled(BinaryOp op, float[] out, float[] a, float[] b, Walk walk) {
        int rank = walk.rank;
        int inner = walk.dims[rank - 1];
        int rows = walk.dims[rank - 2];
        int outer = walk.size / inner / rows;
        boolean aRepeats = walk.a[rank - 2] == 0;
        int repeats = Math.min(rows, (TILE + inner - 1) / inner);
        int perTask = Math.max(repeats, GRAIN / inner / repeats * repeats);
        int pieces = (rows + perTask - 1) / perTask;
        Parallel.chunks(outer * pieces, Math.max(1, GRAIN / (rows * inner)), (from, to) -> {
            float[] tile = Scratch.local().floats(Scratch.BROADCAST_TILE, repeats * inner);
            for (int t = from; t < to; t++) {
                int o = t / pieces;
                int first = t % pieces * perTask;
                int last = Math.min(rows, first + perTask);
                int ia = walk.offset(walk.a, o, rank - 2);
                int ib = walk.offset(walk.b, o, rank - 2);
                for (int k = 0; k < repeats; k++) {
                    System.arraycopy(aRepeats ? a : b, aRepeats ? ia : ib, tile, k * inner, inner);
                }
                for (int r = first; r < last; r += repeats) {
                    int length = Math.min(repeats, last - r) * inner;
                    int at = (o * rows + r) * inner;
                    if (aRepeats) {
                        BinaryLoops.run(op, out, at, tile, 0, 1, b, ib + r * walk.b[rank - 2], 1, length);
                    } else {
                        BinaryLoops.run(op, out, at, a, ia + r * walk.a[rank - 2], 1, tile, 0, 1, length);
                    }
                }
            }
        });
    }

    private static float[] constant(int operand, float value) {
        float[] v = Scratch.local().floats(operand == 0 ? Scratch.CONSTANT_A : Scratch.CONSTANT_B,
                LANES);
        Arrays.fill(v, 0, LANES, value);
        return v;
    }

    /** The merged axes: at least one, none of length 1 unless it is the only one. */
    private static final class Walk {
        int rank;
        int size = 1;
        final int[] dims;
        final int[] a;
        final int[] b;

        private Walk(int capacity) {
            dims = new int[capacity];
            a = new int[capacity];
            b = new int[capacity];
        }

        static Walk collapse(int[] outDims, int[] aStrides, int[] bStrides) {
            Walk w = new Walk(Math.max(1, outDims.length));
            for (int i = 0; i < outDims.length; i++) {
                int d = outDims[i];
                w.size *= d;
                if (d == 1) {
                    continue;
                }
                int last = w.rank - 1;
                if (last >= 0 && w.a[last] == aStrides[i] * d && w.b[last] == bStrides[i] * d) {
                    w.dims[last] *= d;
                } else {
                    last = w.rank++;
                    w.dims[last] = d;
                }
                w.a[last] = aStrides[i];
                w.b[last] = bStrides[i];
            }
            if (w.rank == 0) {
                w.rank = 1;
                w.dims[0] = 1;
            }
            return w;
        }

        /** Where an operand's part with number {@code index} of the axes [0, axes) begins. */
        int offset(int[] strides, int index, int axes) {
            int offset = 0;
            for (int i = axes - 1; i >= 0; i--) {
                offset += index % dims[i] * strides[i];
                index /= dims[i];
            }
            return offset;
        }
    }
}
