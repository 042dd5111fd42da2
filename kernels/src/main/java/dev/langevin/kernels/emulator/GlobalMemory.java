package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Device memory. An address is the allocation's number and the offset in it, so no two allocations are ever adjacent. */
final class GlobalMemory {
    /** Bits of the offset in an address. */
    static final int SHIFT = 36;
    static final long OFFSET = (1L << SHIFT) - 1;
    /** Numbers from here on stand for shared and local memory in generic addresses. */
    static final int SHARED = 1 << 26;
    static final int LOCAL = SHARED + 1;

    private Allocation[] table = new Allocation[64];
    private int next = 1;
    private long held;
    private final long limit;

    GlobalMemory(long limit) {
        this.limit = limit;
    }

    synchronized long allocate(long bytes, String label) {
        if (bytes <= 0) {
            throw new CudaException("an allocation of " + bytes + " bytes was asked for");
        }
        if (held + bytes > limit) {
            throw new OutOfMemoryError("the emulator holds " + held + " of " + limit + " bytes, " + bytes + " more were asked for");
        }
        if (next == table.length) {
            table = Arrays.copyOf(table, 2 * next);
        }
        int id = next++;
        table[id] = new Allocation(id, bytes, label.isEmpty() ? "allocation " + id : label);
        held += bytes;
        return (long) id << SHIFT;
    }

    synchronized void free(long address) {
        Allocation a = find(address);
        if (a == null || (address & OFFSET) != 0 || a.words == null) {
            throw new CudaException("free of 0x" + Long.toHexString(address) + ", which is no allocation" + (a != null && a.words == null ? " any more" : ""));
        }
        held -= a.bytes;
        a.words = null;
        a.written = null;
        a.writer = null;
        a.reader = null;
    }

    long held() {
        return held;
    }

    long limit() {
        return limit;
    }

    /** The allocation, freed ones too, or null. */
    Allocation find(long address) {
        long id = address >>> SHIFT;
        return id < table.length ? table[(int) id] : null;
    }

    private Allocation range(long address, long bytes, String what) {
        Allocation a = find(address);
        long offset = address & OFFSET;
        if (a == null || a.words == null) {
            throw new EmulatorFault(what + " at 0x" + Long.toHexString(address) + (a == null ? ", which is no allocation" : ", which was freed"));
        }
        if (bytes < 0 || offset + bytes > a.bytes) {
            throw new EmulatorFault(what + " of " + bytes + " bytes at offset " + offset + " of " + a);
        }
        return a;
    }

    /** Copies {@code source}'s remaining bytes to the device; the position is kept. */
    void write(long target, ByteBuffer source) {
        ByteBuffer in = source.slice().order(ByteOrder.LITTLE_ENDIAN);
        int n = in.remaining();
        Allocation a = range(target, n, "a copy to the device");
        long offset = target & OFFSET;
        int i = 0;
        if ((offset & 3) == 0) {
            int first = (int) (offset >>> 2);
            in.asIntBuffer().get(a.words, first, n / 4);
            Arrays.fill(a.written, first, first + n / 4, (byte) 15);
            i = n & ~3;
        }
        for (; i < n; i++) {
            a.setByte(offset + i, in.get(i));
        }
    }

    /** Fills {@code target}'s remaining bytes from the device; the position is kept. */
    void read(long source, ByteBuffer target) {
        ByteBuffer out = target.slice().order(ByteOrder.LITTLE_ENDIAN);
        int n = out.remaining();
        Allocation a = range(source, n, "a copy from the device");
        long offset = source & OFFSET;
        int i = 0;
        if ((offset & 3) == 0) {
            int first = (int) (offset >>> 2);
            for (int w = 0; w < n / 4; w++) {
                if (a.written[first + w] != 15) {
                    throw unwritten(a, offset + 4L * w);
                }
            }
            out.asIntBuffer().put(a.words, first, n / 4);
            i = n & ~3;
        }
        for (; i < n; i++) {
            if ((a.written[(int) (offset + i >>> 2)] >> (offset + i & 3) & 1) == 0) {
                throw unwritten(a, offset + i);
            }
            out.put(i, (byte) a.byteAt(offset + i));
        }
    }

    private static EmulatorFault unwritten(Allocation a, long offset) {
        return new EmulatorFault("a copy from the device reads offset " + offset + " of " + a + ", which was never written");
    }

    /** Copies between places that do not overlap, and what is known to be written with it. */
    void copy(long target, long source, long bytes) {
        Allocation to = range(target, bytes, "the target of a copy");
        Allocation from = range(source, bytes, "the source of a copy");
        long t = target & OFFSET;
        long s = source & OFFSET;
        if (to == from && t < s + bytes && s < t + bytes) {
            throw new EmulatorFault("a copy of " + bytes + " bytes from offset " + s + " to " + t + " of " + to + " overlaps");
        }
        long i = 0;
        if ((t & 3) == 0 && (s & 3) == 0) {
            System.arraycopy(from.words, (int) (s >>> 2), to.words, (int) (t >>> 2), (int) (bytes / 4));
            System.arraycopy(from.written, (int) (s >>> 2), to.written, (int) (t >>> 2), (int) (bytes / 4));
            i = bytes & ~3;
        }
        for (; i < bytes; i++) {
            boolean known = (from.written[(int) (s + i >>> 2)] >> (s + i & 3) & 1) != 0;
            to.setByte(t + i, from.byteAt(s + i));
            if (!known) {
                to.written[(int) (t + i >>> 2)] &= (byte) ~(1 << (t + i & 3));
            }
        }
    }

    void zero(long target, long bytes) {
        Allocation a = range(target, bytes, "a fill with zeros");
        long offset = target & OFFSET;
        long i = 0;
        if ((offset & 3) == 0) {
            int first = (int) (offset >>> 2);
            Arrays.fill(a.words, first, (int) (first + bytes / 4), 0);
            Arrays.fill(a.written, first, (int) (first + bytes / 4), (byte) 15);
            i = bytes & ~3;
        }
        for (; i < bytes; i++) {
            a.setByte(offset + i, 0);
        }
    }
}
