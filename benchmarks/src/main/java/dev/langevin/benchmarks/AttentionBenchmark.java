package dev.langevin.benchmarks;

import dev.langevin.engine.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Self-attention of 64 images, 4 heads of 32 channels: 4 N T^2 C operations forward beside the softmax, 10 N T^2 C backward. */
public class AttentionBenchmark extends OnCpu {
    private static final int N = 64;
    private static final int C = 128;
    private static final int HEADS = 4;

    @Param({"49", "196"})
    public int tokens;

    private Tensor qkv;
    private Tensor y;
    private Tensor dy;
    private double product;

    @Override
    void prepare() {
        qkv = random(N, tokens, 3 * C).requireGrad();
        y = qkv.attention(HEADS);
        dy = random(y.shape().dims());
        product = 2e-9 * N * tokens * tokens * C;
    }

    @Benchmark
    public void forward(Flops work) {
        forward(() -> qkv.attention(HEADS));
        work.gflop += 2 * product;
    }

    @Benchmark
    public void backward(Flops work) {
        backward(y, dy, qkv);
        work.gflop += 5 * product;
    }
}
