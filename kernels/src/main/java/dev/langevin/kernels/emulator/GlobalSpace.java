package dev.langevin.kernels.emulator;

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
            // A little below an allocation looks like the end of the one before.
            throw w.fault(lane, "accesses 0x" + Long.toHexString(address) + ", which is no allocation" + (address >>> GlobalMemory.SHIFT == 0 ? ": a null pointer" : ""));
        }
        if (a.words == null) {
            throw w.fault(lane, "accesses offset " + offset + " of " + a + ", which was freed");
        }
        if (offset + size > a.bytes) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + offset(a, offset) + " of " + a + ": out of bounds");
        }
        if ((offset & size - 1) != 0) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + offset + " of " + a + ": misaligned");
        }
        return (int) (offset >>> 2);
    }

    private String offset(Allocation a, long offset) {
        if (offset > 1L << GlobalMemory.SHIFT - 1) {
            Allocation next = memory.find((long) (a.id + 1) << GlobalMemory.SHIFT);
            return offset + " (or " + ((1L << GlobalMemory.SHIFT) - offset) + " before " + (next == null ? "the next allocation" : next) + ")";
        }
        return Long.toString(offset);
    }

    @Override
    public int read(Warp w, int lane, int word, int bytes) {
        Allocation a = current;
        if ((a.written[word] & bytes) != bytes) {
            throw w.fault(lane, "reads offset " + 4L * word + " of " + a + ", which was never written");
        }
        long stamp = a.writer[word];
        if (stamp >>> 32 == w.block.launchStamp && stamp != w.block.stamp && !w.block.ordered) {
            throw w.fault(lane, "reads offset " + 4L * word + " of " + a + ", which block " + (int) stamp + " of the same launch wrote");
        }
        return a.words[word];
    }

    @Override
    public void write(Warp w, int lane, int word, int value, int bytes) {
        Allocation a = current;
        if (bytes == 15) {
            long stamp = a.writer[word];
            if (stamp >>> 32 == w.block.launchStamp && stamp != w.block.stamp && !w.block.ordered) {
                throw w.fault(lane, "writes offset " + 4L * word + " of " + a + ", which block " + (int) stamp + " of the same launch wrote too");
            }
            a.words[word] = value;
            a.written[word] = 15;
            a.writer[word] = w.block.stamp;
        } else {
            a.merge(word, value, bytes);
        }
    }

    @Override
    public int readAtomic(Warp w, int lane, int word) {
        Allocation a = current;
        if (a.written[word] != 15) {
            throw w.fault(lane, "reads offset " + 4L * word + " of " + a + ", which was never written");
        }
        long stamp = a.writer[word];
        if (stamp >>> 32 == w.block.launchStamp && stamp != w.block.stamp && !w.block.ordered) {
            throw w.fault(lane, "updates offset " + 4L * word + " of " + a + ", which block " + (int) stamp + " of the same launch wrote");
        }
        return a.words[word];
    }

    @Override
    public void exchange(Warp w, int lane, int word, int value) {
        current.words[word] = value;
    }
}
