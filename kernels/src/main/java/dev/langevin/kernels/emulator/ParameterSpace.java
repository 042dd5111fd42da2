package dev.langevin.kernels.emulator;

import java.nio.ByteBuffer;

/** The arguments of a launch, for kernels that index into them. */
final class ParameterSpace implements Space {
    private final ByteBuffer arguments;

    ParameterSpace(ByteBuffer arguments) {
        this.arguments = arguments;
    }

    @Override
    public int locate(Warp w, int lane, long address, int size) {
        if (address < 0 || address + size > arguments.limit()) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of " + arguments.limit() + " bytes of parameters: out of bounds");
        }
        if ((address & size - 1) != 0) {
            throw w.fault(lane, "accesses " + size + " bytes at offset " + address + " of the parameters: misaligned");
        }
        return (int) (address >>> 2);
    }

    @Override
    public int read(Warp w, int lane, int word, int bytes) {
        int v = 0;
        for (int b = 0; b < 4 && 4 * word + b < arguments.limit(); b++) {
            v |= (arguments.get(4 * word + b) & 0xff) << 8 * b;
        }
        return v;
    }

    @Override
    public void write(Warp w, int lane, int word, int value, int bytes) {
        throw w.fault(lane, "writes to a parameter");
    }

    @Override
    public int readAtomic(Warp w, int lane, int word) {
        throw w.fault(lane, "writes to a parameter");
    }

    @Override
    public void exchange(Warp w, int lane, int word, int value) {
        throw w.fault(lane, "writes to a parameter");
    }
}
