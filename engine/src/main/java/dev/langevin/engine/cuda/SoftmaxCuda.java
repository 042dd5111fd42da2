package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.op.Softmax;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;

/** Softmax over the last axis: a warp a row, or a block a row where rows are long. */
final class SoftmaxCuda {
    private static final int BLOCK = 256;
    private static final int ROWS_PER_BLOCK = BLOCK / 32;
    private static final int LONGEST_FOR_A_WARP = 512;

    private SoftmaxCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(Softmax.class, (op, in, out) -> {
            DType type = DeviceStorage.of(out[0]).type;
            int length = in[0].dim(-1);
            int rows = in[0].size() / Math.max(1, length);
            if (length <= LONGEST_FOR_A_WARP) {
                cuda.launch("softmax_rows_" + type.suffix()).raw(out[0]).as(type, in[0]).int64(rows).int32(length)
                        .run(Grid.of((rows + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK, BLOCK));
            } else {
                cuda.launch("softmax_block_" + type.suffix()).raw(out[0]).as(type, in[0]).int32(length).run(Grid.of(rows, BLOCK));
            }
        });
    }
}
