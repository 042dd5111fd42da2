package dev.langevin.engine.cuda;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The axes of a result along which operands are read by strides, innermost first: those of length 1 are left out, and
 * neighbours over which every operand moves alike are one. Also writes the structures of {@code strides.cuh}.
 */
final class Axes {
    /** Axes that {@code Walk} holds. */
    private static final int MOST = 8;

    int rank;
    final int[] dims;
    /** Elements between neighbours by operand and axis, 0 where it is stretched. */
    final int[][] strides;

    /** How the 16 bytes of the result that a thread computes find an operand: the numbers of {@code Reading} in {@code strides.cuh}. */
    enum Reading { EACH, ONE, RUN }

    Axes(Shape out, Shape... in) {
        dims = new int[out.rank() + 1];
        strides = new int[in.length][out.rank() + 1];
        int[][] full = Arrays.stream(in).map(s -> s.stridesIn(out)).toArray(int[][]::new);
        for (int axis = out.rank() - 1; axis >= 0; axis--) {
            int length = out.dim(axis);
            if (length == 1) {
                continue;
            }
            boolean merge = rank > 0;
            for (int k = 0; merge && k < in.length; k++) {
                merge = full[k][axis] == strides[k][rank - 1] * dims[rank - 1];
            }
            if (merge) {
                dims[rank - 1] *= length;
                continue;
            }
            for (int k = 0; k < in.length; k++) {
                strides[k][rank] = full[k][axis];
            }
            dims[rank++] = length;
        }
        if (rank == 0) {
            dims[rank++] = 1;
        }
    }

    /** Whether {@code Stretch} can say how operand k is read. */
    boolean fitsStretch() {
        return rank <= 3;
    }

    /** How operand k is read {@code width} elements at a time. */
    Reading reading(int k, int width) {
        if (strides[k][0] == 0 && (rank == 1 || dims[0] % width == 0)) {
            return Reading.ONE;
        }
        return dims[0] % width == 0 ? Reading.RUN : Reading.EACH;
    }

    /** {@code Stretch} of operand k. */
    ByteBuffer stretch(int k) {
        ByteBuffer bytes = structure(36);
        divisor(bytes, dims[0]);
        divisor(bytes, rank > 1 ? dims[1] : 1);
        return bytes.putInt(rank > 2 ? strides[k][2] : 0).putInt(rank > 1 ? strides[k][1] : 0).putInt(strides[k][0]).flip();
    }

    /** {@code Walk} of operand 0 and, if there is one, operand 1. */
    ByteBuffer walk(String op) {
        if (rank > MOST) {
            throw new LangevinException(op + ": broadcasting alternates over " + rank + " runs of axes, the cuda backend takes "
                    + MOST + "; broadcast in two steps");
        }
        ByteBuffer bytes = structure(MOST * 20 + 4);
        for (int i = 0; i < MOST; i++) {
            divisor(bytes, i < rank ? dims[i] : 1);
        }
        for (int k = 0; k < 2; k++) {
            for (int i = 0; i < MOST; i++) {
                bytes.putInt(i < rank && k < strides.length ? strides[k][i] : 0);
            }
        }
        return bytes.putInt(rank).flip();
    }

    private static ByteBuffer structure(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    /** {@code Divisor}: i / d is (high half of i m, plus i) shifted, with 2^s the first power of two that is not below d, m = 2^32 (2^s - d) / d + 1. */
    static void divisor(ByteBuffer bytes, int d) {
        int shift = 32 - Integer.numberOfLeadingZeros(d - 1);
        long multiplier = ((1L << shift) - d << 32) / d + 1;
        bytes.putInt(d).putInt((int) multiplier).putInt(shift);
    }
}
