package dev.langevin.engine.cuda;

import dev.langevin.engine.Storage;
import dev.langevin.engine.Tensor;
import dev.langevin.kernels.DType;

/** Device memory behind tensors. */
final class DeviceStorage extends Storage {
    /** Where the pool's piece begins. */
    final long piece;
    final DevicePool pool;
    /** Where the elements are: the piece, or a repeated step's row of values. */
    long address;
    DType type = DType.F32;
    /** A bfloat16 copy that is kept beside float32 elements, or null; see {@link CudaBackend#bf16}. */
    DeviceStorage shadow;
    /** Whether the copy holds what the elements hold. */
    boolean shadowFresh;

    /** @param units size in pieces of 4 bytes */
    DeviceStorage(CudaBackend backend, DevicePool pool, long piece, int units) {
        super(backend, units);
        this.pool = pool;
        this.piece = piece;
        this.address = piece;
    }

    static DeviceStorage of(Tensor tensor) {
        return (DeviceStorage) tensor.storage();
    }
}
