package dev.langevin.tests.example;

import dev.langevin.engine.cuda.CudaBackend;

/** Launches of {@code quick_gelu.cu}. */
final class QuickGeluCuda {
    private QuickGeluCuda() {
    }

    static void put(CudaBackend cuda) {
        cuda.kernels().put(QuickGelu.class, (op, in, out) ->
                cuda.launch("quick_gelu_f32").raw(out[0]).f32(in[0]).int64(in[0].size()).over(in[0].size(), 4));
        cuda.kernels().putBackward(QuickGelu.class, (op, in, out) ->
                cuda.launch("quick_gelu_backward_f32").raw(out[0]).f32(in[0]).f32(in[1]).int64(in[0].size()).over(in[0].size(), 4));
    }
}
