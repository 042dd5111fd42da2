package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.op.Full;

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
        return table;
    }
}
