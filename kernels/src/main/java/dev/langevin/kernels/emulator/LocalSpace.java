package dev.langevin.kernels.emulator;

import java.util.Arrays;

/** Local memory of the lanes of a warp. */
final class LocalSpace implements Space {
    private final int bytes;
    private final int stride;
    private final int[] words;
    private final byte[] written;

    LocalSpace(int bytes) {
        this.bytes = bytes;
        stride = (bytes + 3) / 4;
        words = new int[stride * Rows.LANES];
        written = new byte[words.length];
    }

    void begin() {
        Arrays.fill(written, (byte) 0);
    }

    @Override
    public int locate(Warp w, int lane, long address, int size) {
        if (address < 0 || address + size > bytes) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of " + bytes + " bytes of local memory: out of bounds");
        }
        if ((address & size - 1) != 0) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of local memory: misaligned");
        }
        return lane * stride + (int) (address >>> 2);
    }

    @Override
    public int read(Warp w, int lane, int word, int mask) {
        if ((written[word] & mask) != mask) {
            throw w.fault(lane, "reads offset " + 4 * (word - lane * stride) + " of local memory, which was not written");
        }
        return words[word];
    }

    @Override
    public void write(Warp w, int lane, int word, int value, int mask) {
        int keep = Allocation.bits(mask);
        words[word] = words[word] & ~keep | value & keep;
        written[word] |= (byte) mask;
    }

    @Override
    public int readAtomic(Warp w, int lane, int word) {
        return read(w, lane, word, 15);
    }

    @Override
    public void exchange(Warp w, int lane, int word, int value) {
        write(w, lane, word, value, 15);
    }
}
