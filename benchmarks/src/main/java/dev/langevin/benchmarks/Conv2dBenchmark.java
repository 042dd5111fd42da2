package dev.langevin.benchmarks;

import dev.langevin.engine.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Convolutions: forward, to data, to weights; 2 N H' W' O kh kw I operations each. To be read beside {@link FmaPeakBenchmark} of the same run. */
public class Conv2dBenchmark extends OnCpu {
    /** Kernel size, stride, channels, size of the input; "t": a transposed convolution. */
    @Param({"3x3 64-64 28", "3x3 128-128 14", "3x3 256-256 7", "3x3 32-32 28", "3x3 16-16 28", "3x3 24-24 28",
        "3x3s2 64-64 28", "1x1 128-384 14", "4x4s2t 128-128 14", "3x3 1-64 28", "3x3 64-1 28"})
    public String shape;

    @Param("64")
    public int batch;

    private boolean transposed;
    private int stride;
    private int padding;
    private Tensor x;
    private Tensor w;
    private Tensor y;
    private Tensor dy;
    private double gflop;

    @Override
    void prepare() {
        String[] part = shape.split(" ");
        transposed = part[0].endsWith("t");
        stride = part[0].contains("s2") ? 2 : 1;
        int k = part[0].charAt(0) - '0';
        padding = transposed ? (k - 1) / 2 : k / 2;
        String[] channels = part[1].split("-");
        int from = Integer.parseInt(channels[0]);
        int to = Integer.parseInt(channels[1]);
        int size = Integer.parseInt(part[2]);
        x = random(batch, size, size, from).requireGrad();
        w = (transposed ? random(from, k, k, to) : random(to, k, k, from)).requireGrad();
        y = op();
        dy = random(y.shape().dims());
        gflop = 2e-9 * k * k * (transposed ? (double) x.size() * to : (double) y.size() * from);
    }

    private Tensor op() {
        return transposed ? x.convTranspose2d(w, null, stride, padding) : x.conv2d(w, null, stride, padding);
    }

    @Benchmark
    public void forward(Flops work) {
        forward(this::op);
        work.gflop += gflop;
    }

    @Benchmark
    public void backwardData(Flops work) {
        backward(y, dy, x);
        work.gflop += gflop;
    }

    @Benchmark
    public void backwardFilter(Flops work) {
        backward(y, dy, w);
        work.gflop += gflop;
    }
}
