package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.op.Vjp;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;

/**
 * Self-attention whose probabilities never are in memory; see {@code attention.cu}. Heads of more than 64 channels run as the
 * op's twin, which holds them.
 */
final class AttentionCuda {
    private static final int BLOCK = 256;
    /** Tokens of a block. */
    private static final int TOKENS = 64;
    private static final int WIDEST_HEAD = 64;

    private final CudaBackend cuda;

    private AttentionCuda(CudaBackend cuda) {
        this.cuda = cuda;
    }

    static void put(KernelTable table, CudaBackend cuda) {
        AttentionCuda attention = new AttentionCuda(cuda);
        table.put(Attention.class, attention::forward).putBackward(Attention.class, attention::backward);
    }

    /** The sizes of one call. */
    private record Call(int heads, DType type, int n, int tokens, int channels) {
        static Call of(int heads, DType type, Tensor qkv) {
            return new Call(heads, type, qkv.dim(0), qkv.dim(1), qkv.dim(2) / 3);
        }

        int headSize() {
            return channels / heads;
        }

        /** Channels that the kernel has room for. */
        int room() {
            return headSize() <= 32 ? 32 : 64;
        }

        String kernel(String direction) {
            return "attention_" + direction + "d" + room() + "_" + type.suffix();
        }

        /** @param tiles matrices of a block's tokens that lie in shared memory */
        Grid grid(int tiles) {
            int blocks = Math.multiplyExact(n * heads, (tokens + TOKENS - 1) / TOKENS);
            return new Grid(blocks, 1, 1, BLOCK, 4 * (tiles * TOKENS * (room() + 4) + TOKENS * (TOKENS + 4)));
        }

        /** What turns q k into an exponent of 2. */
        float factor() {
            return (float) (1 / (Math.sqrt(headSize()) * Math.log(2)));
        }
    }

    private void forward(Attention op, Tensor[] in, Tensor[] out) {
        Call call = Call.of(op.heads(), DeviceStorage.of(out[0]).type, in[0]);
        if (call.headSize() > WIDEST_HEAD) {
            Twin.run(cuda, op, in, out);
        } else if (out[0].size() > 0) {
            cuda.launch(call.kernel("")).raw(out[0]).as(call.type(), in[0]).address(0).address(0)
                    .int32(call.tokens()).int32(call.channels()).int32(call.heads()).float32(call.factor()).run(call.grid(3));
        }
    }

    private void backward(Vjp<Attention> op, Tensor[] in, Tensor[] out) {
        Call call = Call.of(op.forward().heads(), DeviceStorage.of(out[0]).type, in[0]);
        if (call.headSize() > WIDEST_HEAD) {
            Twin.run(cuda, op, in, out);
        } else if (out[0].size() > 0) {
            DeviceStorage rows = cuda.take(Math.multiplyExact(3 * call.n(), call.heads() * call.tokens()), DType.F32);
            cuda.launch(call.kernel("")).address(0).as(call.type(), in[0]).as(call.type(), in[1]).address(rows.address)
                    .int32(call.tokens()).int32(call.channels()).int32(call.heads()).float32(call.factor()).run(call.grid(3));
            for (String part : new String[] {"rows_", "columns_"}) {
                cuda.launch(call.kernel(part)).raw(out[0]).as(call.type(), in[0]).as(call.type(), in[1]).address(rows.address)
                        .int32(call.tokens()).int32(call.channels()).int32(call.heads())
                        .float32(call.factor()).float32((float) (1 / Math.sqrt(call.headSize()))).run(call.grid(4));
            }
            cuda.recycle(rows);
        }
    }
}
