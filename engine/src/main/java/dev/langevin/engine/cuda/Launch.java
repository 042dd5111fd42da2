package dev.langevin.engine.cuda;

import dev.langevin.engine.Tensor;
import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One launch: the kernel's arguments in the order of its parameters, then the grid. Types and sizes are checked against
 * what the PTX declares, so a signature that was changed on one side only is an error that names the parameter.
 */
public final class Launch {
    private final CudaBackend backend;
    /** The most bytes of parameters that PTX of ISA 8.0 lets a kernel have. */
    private static final int ARGUMENT_BYTES = 4096;

    private final ByteBuffer arguments = ByteBuffer.allocateDirect(ARGUMENT_BYTES).order(ByteOrder.nativeOrder());
    private final byte[] zeros = new byte[ARGUMENT_BYTES];
    private Kernel kernel;
    private final List<DeviceStorage> temporary = new ArrayList<>(2);
    private int next;
    private int[] values = new int[4];
    private int valueCount;

    Launch(CudaBackend backend) {
        this.backend = backend;
    }

    /** Starts over, for another kernel. What lies between parameters is zero, so that equal arguments are equal bytes. */
    Launch of(Kernel kernel) {
        if (kernel.parameterBytes() > ARGUMENT_BYTES) {
            throw new CudaException("kernel " + kernel + " has " + kernel.parameterBytes() + " bytes of parameters; " + ARGUMENT_BYTES + " are the most");
        }
        this.kernel = kernel;
        arguments.clear().limit(kernel.parameterBytes()).put(0, zeros, 0, kernel.parameterBytes());
        temporary.clear();
        next = 0;
        valueCount = 0;
        return this;
    }

    /** A tensor's elements as float32, converted first where they are stored otherwise; 0 for null. For inputs. */
    public Launch f32(Tensor tensor) {
        if (tensor == null || DeviceStorage.of(tensor).type == DType.F32) {
            return address(tensor == null ? 0 : DeviceStorage.of(tensor).address);
        }
        DeviceStorage wide = backend.take(tensor.size(), DType.F32);
        Cast.toFloat(backend, wide.address, DeviceStorage.of(tensor).address, tensor.size());
        temporary.add(wide);
        return address(wide.address);
    }

    /** A tensor's elements as bfloat16, converted first where they are stored otherwise. For inputs. */
    public Launch bf16(Tensor tensor) {
        return address(backend.bf16(tensor));
    }

    /** A tensor's elements as {@code type}; 0 for null. For inputs. */
    public Launch as(DType type, Tensor tensor) {
        return type == DType.F32 || tensor == null ? f32(tensor) : bf16(tensor);
    }

    /** A tensor's elements as they are stored; 0 for null. For outputs, and for inputs whose type the caller has looked at. */
    public Launch raw(Tensor tensor) {
        return address(tensor == null ? 0 : DeviceStorage.of(tensor).address);
    }

    /** A device address. */
    public Launch address(long address) {
        arguments.putLong(offset(8, ".u64"), address);
        return this;
    }

    public Launch int64(long value) {
        return address(value);
    }

    public Launch int32(int value) {
        arguments.putInt(offset(4, ".u32"), value);
        return this;
    }

    public Launch float32(float value) {
        arguments.putFloat(offset(4, ".f32"), value);
        return this;
    }

    /** A {@code Value}: a number that changes from step to step. */
    public Launch value(double value) {
        return value(Float.floatToRawIntBits((float) value));
    }

    /** An {@code IntValue}: a whole number, or bits, that change from step to step. */
    public Launch value(int bits) {
        int at = offset(16, ".b8");
        arguments.putLong(at, 0).putInt(at + 8, bits).putInt(at + 12, 0);
        if (valueCount == values.length) {
            values = Arrays.copyOf(values, 2 * valueCount);
        }
        values[valueCount++] = at;
        return this;
    }

    /** A whole structure, as C lays it out. */
    public Launch struct(ByteBuffer bytes) {
        int size = bytes.remaining();
        arguments.put(offset(size, ".b8"), bytes, bytes.position(), size);
        return this;
    }

    /** A whole structure that holds {@code Value}s, whose numbers change from step to step, at these offsets in it. */
    public Launch struct(ByteBuffer bytes, int... valueOffsets) {
        int at = kernel.parameters().get(next).offset();
        struct(bytes);
        values = Arrays.copyOf(values, Math.max(values.length, valueCount + valueOffsets.length));
        for (int offset : valueOffsets) {
            values[valueCount++] = at + offset;
        }
        return this;
    }

    /** One thread for every {@code perThread} of {@code n} elements, in blocks of 256. */
    public void over(long n, int perThread) {
        long blocks = (n + 256L * perThread - 1) / (256L * perThread);
        run(Grid.of((int) Math.min(Integer.MAX_VALUE, blocks), 256));
    }

    /** Launches, unless the grid is empty. */
    public void run(Grid grid) {
        if (next != kernel.parameters().size()) {
            throw new CudaException("kernel " + kernel + " takes " + kernel.parameters().size() + " arguments, got " + next);
        }
        if (grid.x() > 0 && grid.y() > 0 && grid.z() > 0) {
            backend.issue().launch(kernel, grid, arguments, values, valueCount);
        }
        temporary.forEach(backend::recycle);
        backend.finished(this);
    }

    private int offset(int bytes, String type) {
        if (next == kernel.parameters().size()) {
            throw new CudaException("kernel " + kernel + " takes " + next + " arguments, got more");
        }
        Kernel.Parameter p = kernel.parameters().get(next);
        boolean fits = p.bytes() == bytes && (p.type().equals(type)
                || type.equals(".u32") && p.type().matches("\\.[sb]32") || type.equals(".u64") && p.type().matches("\\.[sb]64"));
        if (!fits) {
            throw new CudaException("kernel " + kernel + ": parameter " + next + " is " + p.type() + " of " + p.bytes()
                    + " bytes, the launch gives " + type + " of " + bytes);
        }
        next++;
        return p.offset();
    }
}
