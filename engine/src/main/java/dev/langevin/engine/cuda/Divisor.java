package dev.langevin.engine.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Division of numbers below 2^31 by a number in [1, 2^31) as a product and a shift: the kernels' structure {@code Divisor}. */
final class Divisor {
    static final int BYTES = 12;

    private Divisor() {
    }

    /** The structure, to be given to a launch. */
    static ByteBuffer of(int by) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
        put(bytes, by);
        return bytes.flip();
    }

    /** Appends the structure. */
    static void put(ByteBuffer bytes, int by) {
        int shift = 31 + (32 - Integer.numberOfLeadingZeros(by - 1));
        long multiplier = ((1L << shift) + by - 1) / by;
        bytes.putInt(by).putInt((int) multiplier).putInt(shift);
    }
}
