package dev.langevin.benchmarks;

import dev.langevin.benchmarks.Conv2dBenchmark.Work;
import dev.langevin.engine.cpu.Gemm;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
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

/** Matrix products on the whole thread team; {@code gflop} per second is GFLOP/s, 2 batch M N K each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
    /** batch x M x N x K and transposes of A and B. */
    @Param({"1x512x512x512 nn", "1x2048x256x256 nn", "1x2048x256x256 nt", "1x256x256x2048 tn", "256x49x49x32 nt",
        "256x196x32x196 nn", "1x64x256x256 nt"})
    public String shape;

    private int[] sizes;
    private boolean transposeA;
    private boolean transposeB;
    private float[] a;
    private float[] b;
    private float[] c;

    /** Fills the matrices. */
    @Setup
    public void setup() {
        String[] part = shape.split(" ");
        sizes = Arrays.stream(part[0].split("x")).mapToInt(Integer::parseInt).toArray();
        transposeA = part[1].charAt(0) == 't';
        transposeB = part[1].charAt(1) == 't';
        a = Conv2dBenchmark.random(sizes[0] * sizes[1] * sizes[3]);
        b = Conv2dBenchmark.random(sizes[0] * sizes[2] * sizes[3]);
        c = new float[sizes[0] * sizes[1] * sizes[2]];
    }

    @Benchmark
    public float[] multiply(Work work) {
        int m = sizes[1];
        int n = sizes[2];
        int k = sizes[3];
        Gemm.multiplyBatched(sizes[0], c, 0, m * n, a, 0, m * k, transposeA, b, 0, n * k, transposeB, m, n, k, false);
        work.gflop += 2e-9 * sizes[0] * m * n * k;
        return c;
    }
}
