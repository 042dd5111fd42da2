package dev.langevin.kernels.emulator;

import java.util.Arrays;

/**
 * Shared memory of a block. Beside each unit of 4, 2 or 1 bytes (the smallest that the kernel accesses) stands who wrote and who read it last
 * since which barrier: two warps that touch it between the same barriers, one of them writing, race.
 */
final class SharedSpace implements Space {
    private static final int THREAD_BITS = 11;
    private static final int WHO = (1 << THREAD_BITS) - 1;
    private static final int MANY = WHO;
    private static final int ATOMIC = WHO - 1;

    private final int bytes;
    private final int[] words;
    private final int shift;
    private final long[] writer;
    private final long[] reader;
    private final long[] store;
    private long epoch;
    /** Stamps below were made before this block. */
    private long start;
    /** Stamps below were made before the last barrier. */
    private long now;
    private long serial;

    /** @param grain bytes of a unit */
    SharedSpace(int bytes, int grain) {
        this.bytes = bytes;
        words = new int[(bytes + 3) / 4];
        shift = grain == 4 ? 0 : grain == 2 ? 1 : 2;
        int units = words.length << shift;
        writer = new long[units];
        reader = new long[units];
        store = new long[units];
    }

    /** A new block: nothing is written yet. */
    void begin() {
        epoch++;
        start = epoch << THREAD_BITS;
        now = start;
        Arrays.fill(words, 0xa5a5a5a5);
    }

    /** A barrier orders what is before and after; one of some warps counts as one of all. */
    void barrier() {
        epoch++;
        now = epoch << THREAD_BITS;
    }

    /** A further store instruction. */
    void beginStore() {
        serial++;
    }

    @Override
    public int locate(Warp w, int lane, long address, int size) {
        if (address < 0 || address + size > bytes) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of " + bytes + " bytes of shared memory: out of bounds");
        }
        if ((address & size - 1) != 0) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of shared memory: misaligned");
        }
        return (int) (address >>> 2);
    }

    private int units(int mask) {
        // Two bits of bytes make one unit where units have two bytes.
        return shift == 0 ? 1 : shift == 2 ? mask : mask & 1 | (mask & 4) >> 1;
    }

    @Override
    public int read(Warp w, int lane, int word, int mask) {
        if (shift == 0) {
            readUnit(w, lane, word, word);
        } else {
            for (int m = units(mask), u = word << shift; m != 0; m >>>= 1, u++) {
                if ((m & 1) != 0) {
                    readUnit(w, lane, word, u);
                }
            }
        }
        return words[word];
    }

    private void readUnit(Warp w, int lane, int word, int u) {
        long by = writer[u];
        if (by < start) {
            throw w.fault(lane, "reads offset " + 4 * word + " of shared memory, which was not written yet");
        }
        if (by >= now && !in(w, by)) {
            throw race(w, lane, "reads", word, by, "wrote");
        }
        long last = reader[u];
        reader[u] = last >= now && !in(w, last) ? now | MANY : now | w.first + lane + 1;
    }

    /** The words, where lanes read {@code size} bytes at their addresses and none of them is at fault; else null. */
    int[] readable(Warp w, long[] at, int mask, int size) {
        if (shift != 0) {
            return null;
        }
        int warp = w.first >> 5;
        long before = -1;
        for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long address = at[lane];
            if (address == before) {
                continue;
            }
            before = address;
            if ((address & size - 1) != 0 || address < 0 || address + size > bytes) {
                return null;
            }
            long me = now | w.first + lane + 1;
            int to = (int) (address + size >>> 2);
            for (int u = (int) (address >>> 2); u < to; u++) {
                long by = writer[u];
                if (by < start || by >= now && ((int) by & WHO) - 1 >> 5 != warp) {
                    return null;
                }
                long last = reader[u];
                reader[u] = last >= now && ((int) last & WHO) - 1 >> 5 != warp ? now | MANY : me;
            }
        }
        return words;
    }

    /** Whether a stamp's thread is in the warp; several threads and atomic operations are in none. */
    private static boolean in(Warp w, long stamp) {
        return ((int) stamp & WHO) - 1 >> 5 == w.first >> 5;
    }

    @Override
    public void write(Warp w, int lane, int word, int value, int mask) {
        if (shift == 0) {
            writeUnit(w, lane, word, word, value, mask);
        } else {
            for (int m = units(mask), u = word << shift; m != 0; m >>>= 1, u++) {
                if ((m & 1) != 0) {
                    writeUnit(w, lane, word, u, value, mask);
                }
            }
        }
        if (mask == 15) {
            words[word] = value;
        } else {
            int keep = Allocation.bits(mask);
            words[word] = words[word] & ~keep | value & keep;
        }
    }

    private void writeUnit(Warp w, int lane, int word, int u, int value, int mask) {
        check(w, lane, word, u, "writes");
        long me = now | w.first + lane + 1;
        if (store[u] == serial && writer[u] != me && ((words[word] ^ value) & Allocation.bits(mask)) != 0) {
            throw w.fault(lane, "writes offset " + 4 * word + " of shared memory, where thread " + (((int) writer[u] & WHO) - 1)
                    + " writes another value in the same instruction");
        }
        store[u] = serial;
        writer[u] = me;
    }

    private void check(Warp w, int lane, int word, int unit, String does) {
        long by = writer[unit];
        if (by >= now && !in(w, by)) {
            throw race(w, lane, does, word, by, "wrote");
        }
        long last = reader[unit];
        if (last >= now && !in(w, last)) {
            throw race(w, lane, does, word, last, "read");
        }
    }

    private EmulatorFault race(Warp w, int lane, String does, int word, long other, String did) {
        int who = (int) other & WHO;
        String whom = who == MANY ? "threads of several warps" : who == ATOMIC ? "an atomic operation" : "thread " + (who - 1);
        return w.fault(lane, does + " offset " + 4 * word + " of shared memory, which " + whom + " " + did + " with no barrier between: a race");
    }

    @Override
    public int readAtomic(Warp w, int lane, int word) {
        for (int u = word << shift; u < word + 1 << shift; u++) {
            if (writer[u] < start) {
                throw w.fault(lane, "updates offset " + 4 * word + " of shared memory, which was not written yet");
            }
            if (writer[u] != (now | ATOMIC)) {
                check(w, lane, word, u, "updates");
            }
            writer[u] = now | ATOMIC;
        }
        return words[word];
    }

    @Override
    public void exchange(Warp w, int lane, int word, int value) {
        words[word] = value;
    }
}
