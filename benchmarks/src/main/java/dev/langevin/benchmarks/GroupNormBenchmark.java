package dev.langevin.benchmarks;

import dev.langevin.engine.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Group normalisation in 8 groups with SiLU, of 64 images. Forward moves 2 tensors of their size, backward 3. */
public class GroupNormBenchmark extends OnCpu {
    private static final int N = 64;
    private static final int GROUPS = 8;
    private static final double EPS = 1e-5;

    /** Channels and size of the image. */
    @Param({"64 28", "128 14", "256 7"})
    public String shape;

    private Tensor x;
    private Tensor gamma;
    private Tensor beta;
    private Tensor y;
    private Tensor dy;

    @Override
    void prepare() {
        String[] part = shape.split(" ");
        int channels = Integer.parseInt(part[0]);
        int size = Integer.parseInt(part[1]);
        x = random(N, size, size, channels).requireGrad();
        gamma = random(channels).requireGrad();
        beta = random(channels).requireGrad();
        y = x.groupNormSilu(GROUPS, gamma, beta, EPS);
        dy = random(y.shape().dims());
    }

    @Benchmark
    public void forward(Bytes moved) {
        forward(() -> x.groupNormSilu(GROUPS, gamma, beta, EPS));
        moved.gigabyte += 2 * 4e-9 * x.size();
    }

    @Benchmark
    public void backward(Bytes moved) {
        backward(y, dy, x, gamma, beta);
        moved.gigabyte += 3 * 4e-9 * x.size();
    }
}
