package dev.langevin.kernels.emulator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Device memory from one call of {@code allocate}, in words of 4 bytes. Beside each word: which of its bytes were
 * written, and which block of which launch wrote it last.
 */
final class Allocation {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle BYTE = MethodHandles.arrayElementVarHandle(byte[].class);

    /** Stands for several blocks. */
    static final long MANY = 0xffffffffL;

    final int id;
    final long bytes;
    final String label;
    /** Null when freed. */
    int[] words;
    /** Bit b is set when byte b of the word was written. */
    byte[] written;
    /** Launch in the high half, block in the low half, of the last store. */
    long[] writer;
    /** The same of the last load; {@link #MANY} for the block where there were several. */
    long[] reader;

    Allocation(int id, long bytes, String label) {
        if (bytes > 4L * (Integer.MAX_VALUE - 64)) {
            throw new OutOfMemoryError("the emulator's allocations end at 8 GiB, " + bytes + " bytes were asked for");
        }
        this.id = id;
        this.bytes = bytes;
        this.label = label;
        int n = (int) ((bytes + 3) / 4);
        words = new int[n];
        Arrays.fill(words, 0xa5a5a5a5);
        written = new byte[n];
        writer = new long[n];
        reader = new long[n];
    }

    /** Stores the bytes of {@code bits} that {@code mask} (a bit a byte) names; other blocks may store the others. */
    void merge(int word, int bits, int mask) {
        int keep = bits(mask);
        int old;
        do {
            old = words[word];
        } while (!WORD.compareAndSet(words, word, old, old & ~keep | bits & keep));
        BYTE.getAndBitwiseOr(written, word, (byte) mask);
    }

    /** The bits of the bytes that {@code mask} names. */
    static int bits(int mask) {
        return (mask & 1) * 0xff | (mask >> 1 & 1) * 0xff00 | (mask >> 2 & 1) * 0xff0000 | (mask >> 3 & 1) * 0xff000000;
    }

    int byteAt(long offset) {
        return words[(int) (offset >>> 2)] >>> 8 * (int) (offset & 3) & 0xff;
    }

    void setByte(long offset, int value) {
        int word = (int) (offset >>> 2);
        int shift = 8 * (int) (offset & 3);
        words[word] = words[word] & ~(0xff << shift) | (value & 0xff) << shift;
        written[word] |= (byte) (1 << (offset & 3));
    }

    @Override
    public String toString() {
        return label + " of " + bytes + " bytes";
    }
}
