package dev.langevin.engine.cuda;

import dev.langevin.engine.Tensor;
import dev.langevin.kernels.DType;

/** Where a kernel puts float32 numbers that a tensor of any storage is to have. */
final class WideOutput {
    private final CudaBackend cuda;
    private final Tensor tensor;
    private final DeviceStorage wide;

    /** @param tensor null where nobody asked */
    WideOutput(CudaBackend cuda, Tensor tensor) {
        this.cuda = cuda;
        this.tensor = tensor;
        this.wide = tensor == null || DeviceStorage.of(tensor).type == DType.F32 ? null : cuda.take(tensor.size(), DType.F32);
    }

    /** The address for the kernel; 0 for none. */
    long address() {
        return wide != null ? wide.address : tensor == null ? 0 : DeviceStorage.of(tensor).address;
    }

    /** After the launch. */
    void done() {
        if (wide != null) {
            Cast.toBf16(cuda, DeviceStorage.of(tensor).address, wide.address, tensor.size());
            cuda.recycle(wide);
        }
    }
}
