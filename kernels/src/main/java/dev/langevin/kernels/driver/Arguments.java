package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;

/** A kernel's arguments, packed in the order of its parameters; the sizes must be those that the PTX declares. */
final class Arguments {
    private final Kernel kernel;
    private final ByteBuffer bytes;
    private int next;

    Arguments(Kernel kernel) {
        this.kernel = kernel;
        this.bytes = Address.memory(kernel.parameterBytes());
    }

    Arguments int64(long value) {
        bytes.putLong(offset(8), value);
        return this;
    }

    Arguments int32(int value) {
        bytes.putInt(offset(4), value);
        return this;
    }

    /** A structure of ints. */
    Arguments struct(int... values) {
        int offset = offset(4 * values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.putInt(offset + 4 * i, values[i]);
        }
        return this;
    }

    ByteBuffer bytes() {
        if (next != kernel.parameters().size()) {
            throw new CudaException("kernel " + kernel + " takes " + kernel.parameters().size() + " arguments, got " + next);
        }
        return bytes;
    }

    private int offset(int size) {
        Kernel.Parameter parameter = kernel.parameters().get(next++);
        if (parameter.bytes() != size) {
            throw new CudaException("kernel " + kernel + ": parameter " + (next - 1) + " has " + parameter.bytes() + " bytes, the launch gives " + size);
        }
        return parameter.offset();
    }
}
