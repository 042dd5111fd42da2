package dev.langevin.kernels.driver;

import static jcuda.driver.JCudaDriver.cuFuncGetAttribute;
import static jcuda.driver.JCudaDriver.cuFuncSetAttribute;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadDataEx;
import static jcuda.driver.JCudaDriver.cuModuleUnload;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelModule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;

/**
 * Modules that the driver has compiled for the device, each when a kernel of it is first launched, and the launches. The
 * driver keeps compiled modules from one run to the next in its own cache.
 */
final class LoadedKernels {
    /** Room for every kernel's parameters: 32,764 bytes are the most that CUDA takes. */
    private static final int ARGUMENT_BYTES = 32768;
    /** Dynamic shared memory that a kernel has without asking, together with what it declares. */
    private static final int FREE_SHARED_BYTES = 48 << 10;
    private static final int LOG_BYTES = 8192;

    /** A kernel ready for launch. */
    private static final class Loaded {
        final CUfunction function = new CUfunction();
        /** The addresses of its parameters, in the form of {@code cuLaunchKernel}, and the memory in which they lie. */
        final Pointer arguments;
        final ByteBuffer memory;
        /** Bytes of dynamic shared memory that have been granted. */
        int shared;

        Loaded(Kernel kernel, CUmodule module, long arguments) {
            CudaStatus.driver(cuModuleGetFunction(function, module, kernel.name()), "cuModuleGetFunction", kernel);
            memory = Address.memory(8 * kernel.parameters().size());
            for (int i = 0; i < kernel.parameters().size(); i++) {
                memory.putLong(8 * i, arguments + kernel.parameters().get(i).offset());
            }
            this.arguments = Address.of(Address.of(memory));
            int[] fixed = new int[1];
            CudaStatus.driver(cuFuncGetAttribute(fixed, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function), "cuFuncGetAttribute", kernel);
            shared = Math.max(0, FREE_SHARED_BYTES - fixed[0]);
        }
    }

    private final CUstream stream;
    private final Map<KernelModule, CUmodule> modules = new IdentityHashMap<>();
    private final Map<Kernel, Loaded> kernels = new IdentityHashMap<>();
    /** Arguments lie here during a launch; the driver has copied them when it returns. */
    private final ByteBuffer block = Address.memory(ARGUMENT_BYTES);
    private final long blockAddress = Address.of(block);

    LoadedKernels(CUstream stream) {
        this.stream = stream;
    }

    void launch(Kernel kernel, Grid grid, ByteBuffer arguments) {
        check(kernel, grid, arguments);
        Loaded loaded = kernels.get(kernel);
        if (loaded == null) {
            loaded = new Loaded(kernel, modules.computeIfAbsent(kernel.module(), LoadedKernels::load), blockAddress);
            kernels.put(kernel, loaded);
        }
        if (grid.shared() > loaded.shared) {
            CudaStatus.driver(cuFuncSetAttribute(loaded.function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, grid.shared()),
                    "cuFuncSetAttribute", kernel + ", " + grid.shared() + " bytes of shared memory a block");
            loaded.shared = grid.shared();
        }
        block.put(0, arguments, 0, kernel.parameterBytes());
        int status = cuLaunchKernel(loaded.function, grid.x(), grid.y(), grid.z(), grid.block(), 1, 1, grid.shared(), stream, loaded.arguments, null);
        if (status != 0) {
            CudaStatus.driver(status, "cuLaunchKernel", kernel + ", " + grid);
        }
    }

    private static void check(Kernel kernel, Grid grid, ByteBuffer arguments) {
        int most = kernel.maxThreads() == 0 ? 1024 : kernel.maxThreads();
        if (grid.x() < 1 || grid.y() < 1 || grid.y() > 65535 || grid.z() < 1 || grid.z() > 65535 || grid.block() < 1 || grid.block() > most || grid.shared() < 0) {
            throw new CudaException("kernel " + kernel + ": " + grid + " is no grid for it; x is at least 1, y and z in [1, 65535], block in [1, " + most + "]");
        }
        if (arguments.limit() != kernel.parameterBytes() || kernel.parameterBytes() > ARGUMENT_BYTES) {
            throw new CudaException("kernel " + kernel + ": " + arguments.limit() + " bytes of arguments, the parameters take " + kernel.parameterBytes()
                    + " of at most " + ARGUMENT_BYTES);
        }
    }

    private static CUmodule load(KernelModule module) {
        int[] options = {CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, CUjit_option.CU_JIT_GENERATE_LINE_INFO};
        CUmodule loaded = new CUmodule();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ptx = arena.allocateFrom(module.ptx());
            MemorySegment log = arena.allocate(LOG_BYTES);
            MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_LONG, log.address(), LOG_BYTES - 1, 1);
            int status = cuModuleLoadDataEx(loaded, Address.of(ptx.address()), options.length, options, Address.of(values.address()));
            String said = log.getString(0).strip();
            CudaStatus.driver(status, "cuModuleLoadDataEx", "module " + module + (said.isEmpty() ? "" : ": " + said));
        }
        return loaded;
    }

    /** Statuses are not looked at: after a lost context every call fails, and there is nothing left to free. */
    void close() {
        modules.values().forEach(m -> cuModuleUnload(m));
    }
}
