package dev.langevin.kernels.emulator;

import java.util.Arrays;

/** Global memory as one warp sees it. */
final class GlobalSpace implements Space {
    private final GlobalMemory memory;
    private Allocation current;

    GlobalSpace(GlobalMemory memory) {
        this.memory = memory;
    }

    @Override
    public int locate(Warp w, int lane, long address, int size) {
        Allocation a = current;
        if (a == null || address >>> GlobalMemory.SHIFT != a.id) {
            a = memory.find(address);
            current = a;
        }
        long offset = address & GlobalMemory.OFFSET;
        if (a == null) {
            throw w.fault(lane, "accesses 0x" + Long.toHexString(address) + before(address) + ", which is no allocation"
                    + (offset < 1 << 20 && address == offset ? ": a null pointer" : ""));
        }
        if (a.words == null) {
            throw w.fault(lane, "accesses offset " + offset + " of " + a + ", which was freed");
        }
        if (offset + size > a.bytes) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + offset + before(address) + " of " + a + ": out of bounds");
        }
        if ((offset & size - 1) != 0) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + offset + " of " + a + ": misaligned");
        }
        return (int) (offset >>> 2);
    }

    /** A little below an allocation looks like far beyond the one before. */
    private String before(long address) {
        long below = -address & GlobalMemory.OFFSET;
        Allocation next = memory.find(address + below);
        return below < 1 << 30 && next != null ? " (" + below + " before " + next + ")" : "";
    }

    @Override
    public int read(Warp w, int lane, int word, int bytes) {
        Allocation a = current;
        if ((a.written[word] & bytes) != bytes) {
            throw unwritten(w, lane, word, "reads");
        }
        long stamp = a.writer[word];
        if (stamp != w.block.stamp && stamp >>> 32 == w.block.launchStamp && !w.block.ordered) {
            throw disturbed(w, lane, word, "reads", stamp, "wrote");
        }
        if (bytes == 15) {
            long last = a.reader[word];
            if (last != w.block.stamp) {
                a.reader[word] = last >>> 32 == w.block.launchStamp ? w.block.launchStamp << 32 | Allocation.MANY : w.block.stamp;
            }
        }
        return a.words[word];
    }

    @Override
    public void write(Warp w, int lane, int word, int value, int bytes) {
        Allocation a = current;
        if (bytes == 15) {
            check(w, lane, word, "writes");
            a.words[word] = value;
            a.written[word] = 15;
            a.writer[word] = w.block.stamp;
        } else {
            // Another block may write the other half of the word.
            a.merge(word, value, bytes);
        }
    }

    /** Refuses what another block of the launch wrote or read. */
    private void check(Warp w, int lane, int word, String does) {
        long stamp = current.writer[word];
        if (stamp != w.block.stamp && stamp >>> 32 == w.block.launchStamp && !w.block.ordered) {
            throw disturbed(w, lane, word, does, stamp, "wrote");
        }
        long last = current.reader[word];
        if (last != w.block.stamp && last >>> 32 == w.block.launchStamp && !w.block.ordered) {
            throw disturbed(w, lane, word, does, last, "read");
        }
    }

    @Override
    public int readAtomic(Warp w, int lane, int word) {
        if (current.written[word] != 15) {
            throw unwritten(w, lane, word, "updates");
        }
        check(w, lane, word, "updates");
        return current.words[word];
    }

    @Override
    public void exchange(Warp w, int lane, int word, int value) {
        current.words[word] = value;
    }

    /** The word of an address in its allocation. */
    int word(long address) {
        return (int) ((address & GlobalMemory.OFFSET) >>> 2);
    }

    /** The allocation where all lanes access {@code bytes} bytes beside or upon each other, or null where they do not. */
    private Allocation row(long[] at, int bytes, boolean same) {
        long first = at[0];
        long beside = 0;
        long upon = 0;
        for (int i = 0; i < Rows.LANES; i++) {
            beside |= at[i] - first - (long) i * bytes;
            upon |= at[i] - first;
        }
        if (beside != 0 && (!same || upon != 0) || (first & bytes - 1) != 0) {
            return null;
        }
        Allocation a = current;
        if (a == null || first >>> GlobalMemory.SHIFT != a.id) {
            a = memory.find(first);
            if (a == null) {
                return null;
            }
            current = a;
        }
        return a.words == null || (at[Rows.LANES - 1] & GlobalMemory.OFFSET) + bytes > a.bytes ? null : a;
    }

    /**
     * The words of an allocation where all lanes read {@code bytes} bytes beside or upon each other, and none of them is at
     * fault; null where that is not so.
     */
    int[] readable(Warp w, long[] at, int bytes) {
        Allocation a = row(at, bytes, true);
        if (a == null) {
            return null;
        }
        int from = word(at[0]);
        int to = word(at[Rows.LANES - 1] + bytes);
        long me = w.block.stamp;
        long launch = w.block.launchStamp;
        boolean free = w.block.ordered;
        byte[] written = a.written;
        long[] writer = a.writer;
        long[] reader = a.reader;
        for (int j = from; j < to; j++) {
            long by = writer[j];
            if (written[j] != 15 || by != me && by >>> 32 == launch && !free) {
                return null;
            }
        }
        for (int j = from; j < to; j++) {
            long last = reader[j];
            if (last != me) {
                reader[j] = last >>> 32 == launch ? launch << 32 | Allocation.MANY : me;
            }
        }
        return a.words;
    }

    /** The words of an allocation that all lanes may write side by side, marked as written; null where that is not so. */
    int[] writable(Warp w, long[] at, int bytes) {
        Allocation a = row(at, bytes, false);
        if (a == null) {
            return null;
        }
        int from = word(at[0]);
        int to = from + Rows.LANES * bytes / 4;
        long me = w.block.stamp;
        long launch = w.block.launchStamp;
        boolean free = w.block.ordered;
        long[] writer = a.writer;
        long[] reader = a.reader;
        for (int j = from; j < to; j++) {
            if (!free && (writer[j] != me && writer[j] >>> 32 == launch || reader[j] != me && reader[j] >>> 32 == launch)) {
                return null;
            }
        }
        Arrays.fill(a.written, from, to, (byte) 15);
        Arrays.fill(writer, from, to, me);
        return a.words;
    }

    private EmulatorFault unwritten(Warp w, int lane, int word, String does) {
        return w.fault(lane, does + " offset " + 4L * word + " of " + current + ", which was never written");
    }

    private EmulatorFault disturbed(Warp w, int lane, int word, String does, long stamp, String did) {
        String who = (stamp & Allocation.MANY) == Allocation.MANY ? "other blocks" : "block " + (stamp & Allocation.MANY);
        return w.fault(lane, does + " offset " + 4L * word + " of " + current + ", which " + who + " of the same launch " + did);
    }
}
