package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.op.Full;
import dev.langevin.engine.op.SinusoidalEmbedding;

/** Which kernel runs which op on CUDA: one entry a kernel. */
final class CudaKernels {
    private CudaKernels() {
    }

    static KernelTable table(CudaBackend cuda) {
        KernelTable table = new KernelTable();
        table.put(Full.class, (op, in, out) ->
                cuda.launch("fill_f32").raw(out[0]).value(op.value()).int64(out[0].size()).over(out[0].size(), 4));
        RandomCuda.put(table, cuda);
        SamplerCuda.put(table, cuda);
        NormCuda.put(table, cuda);
        AdamCuda.put(table, cuda);
        UnaryCuda.put(table, cuda);
        BinaryCuda.put(table, cuda);
        ReduceCuda.put(table, cuda);
        table.put(SinusoidalEmbedding.class, (op, in, out) -> cuda.launch("sinusoidal_embedding_" + DeviceStorage.of(out[0]).type.suffix())
                .raw(out[0]).f32(in[0]).f32(in[1]).int32(in[0].size()).int32(in[1].size()).float32((float) op.scale())
                .over((long) in[0].size() * in[1].size(), 1));
        MovementCuda.put(table, cuda);
        DenseCuda.put(table, cuda);
        SiluCuda.put(table, cuda);
        GroupNormCuda.put(table, cuda);
        SoftmaxCuda.put(table, cuda);
        AttentionCuda.put(table, cuda);
        return table;
    }
}
