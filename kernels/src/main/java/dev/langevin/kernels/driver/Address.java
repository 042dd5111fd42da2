package dev.langevin.kernels.driver;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Addresses as plain numbers, in the forms that JCuda's calls take. */
final class Address extends Pointer {
    private static final CUdeviceptr NULL = new CUdeviceptr();

    private Address(long address) {
        super(address);
    }

    /** Host or device memory where a call takes a pointer. */
    static Pointer of(long address) {
        return new Address(address);
    }

    /** Device memory where a call of the driver takes that. */
    static CUdeviceptr device(long address) {
        return NULL.withByteOffset(address);
    }

    /** Where a direct buffer's byte 0 lies. */
    static long of(ByteBuffer direct) {
        return MemorySegment.ofBuffer(direct.duplicate().clear()).address();
    }

    /** Zeroed host memory in native byte order. */
    static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Memory that the driver has given. */
    static final class Given extends CUdeviceptr {
        long address() {
            return getNativePointer() + getByteOffset();
        }
    }
}
