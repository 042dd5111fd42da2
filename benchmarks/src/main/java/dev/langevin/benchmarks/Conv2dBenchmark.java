package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.Conv2dCpu;
import dev.langevin.engine.cpu.Conv2dGeometry;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Convolution passes on the whole thread team. {@code gflop} is the work of all calls (2 N H' W' O kh kw I each,
 * padding counted), reported per second: GFLOP/s, to be read beside {@link FmaPeakBenchmark} of the same run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Conv2dBenchmark {
    /** Kernel size, stride, channels, size of the input; "t": a transposed convolution, forward = backward-data. */
    @Param({"3x3 64-64 28", "3x3 128-128 14", "3x3 256-256 7", "3x3 32-32 28", "3x3 16-16 28", "3x3 24-24 28",
        "3x3s2 64-64 28", "1x1 128-384 14", "4x4s2t 128-128 14", "3x3 1-64 28", "3x3 64-1 28"})
    public String shape;

    @Param("64")
    public int batch;

    private Conv2dGeometry g;
    private float[] x;
    private float[] w;
    private float[] y;

    /** Work done. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        public double gflop;
    }

    /** Fills the tensors. */
    @Setup
    public void setup() {
        g = geometry(shape, batch);
        x = random(g.inputSize());
        w = random(g.weightSize());
        y = random(g.outputSize());
    }

    static Conv2dGeometry geometry(String shape, int batch) {
        String[] part = shape.split(" ");
        boolean transposed = part[0].endsWith("t");
        int stride = part[0].contains("s2") ? 2 : 1;
        int k = part[0].charAt(0) - '0';
        String[] channels = part[1].split("-");
        int from = Integer.parseInt(channels[0]);
        int to = Integer.parseInt(channels[1]);
        int size = Integer.parseInt(part[2]);
        return transposed ? Conv2dGeometry.transposed(batch, size, size, from, to, k, k, stride, (k - 1) / 2)
                : new Conv2dGeometry(batch, size, size, from, to, k, k, stride, k / 2);
    }

    @Benchmark
    public float[] forward(Work work) {
        Conv2dCpu.forward(y, x, w, null, g);
        work.gflop += g.flops() * 1e-9;
        return y;
    }

    @Benchmark
    public float[] backwardData(Work work) {
        Conv2dCpu.backwardData(x, y, w, null, g);
        work.gflop += g.flops() * 1e-9;
        return x;
    }

    @Benchmark
    public float[] backwardFilter(Work work) {
        Conv2dCpu.backwardFilter(w, y, x, g);
        work.gflop += g.flops() * 1e-9;
        return w;
    }

    static float[] random(int size) {
        SplittableRandom random = new SplittableRandom(1);
        float[] a = new float[size];
        for (int i = 0; i < size; i++) {
            a[i] = (float) random.nextDouble() - 0.5f;
        }
        return a;
    }
}
