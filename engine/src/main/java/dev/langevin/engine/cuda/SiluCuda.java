package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.op.Silu;
import dev.langevin.kernels.DType;

/** SiLU and its gradient. */
final class SiluCuda {
    /** Bytes that a thread reads of one input. */
    private static final int BYTES_PER_THREAD = 32;

    private SiluCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(Silu.class, (op, in, out) -> {
            DType type = DeviceStorage.of(out[0]).type;
            cuda.launch("silu_" + type.suffix()).raw(out[0]).as(type, in[0]).int64(out[0].size())
                    .over(out[0].size(), BYTES_PER_THREAD / type.bytes());
        });
        table.putBackward(Silu.class, (op, in, out) -> {
            DType type = DeviceStorage.of(out[0]).type;
            cuda.launch("silu_backward_" + type.suffix()).raw(out[0]).as(type, in[0]).as(type, in[1]).int64(out[0].size())
                    .over(out[0].size(), BYTES_PER_THREAD / type.bytes());
        });
    }
}
