package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.GroupNormCpu;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Group normalisation with SiLU of (64, 28, 28, 64) in 8 groups: 12.8 MB a tensor. Forward moves at least 2 tensors
 * (25.7 MB), backward 3 (38.5 MB), the copy beside them 2. The median is p0.50.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class GroupNormBenchmark {
    private static final int N = 64;
    private static final int HW = 28 * 28;
    private static final int C = 64;
    private float[] x;
    private float[] y;
    private float[] dy;
    private float[] dx;
    private float[] gamma;
    private float[] beta;
    private float[] dgamma;
    private float[] dbeta;

    @Setup
    public void setUp() {
        x = random(N * HW * C);
        dy = random(N * HW * C);
        y = new float[x.length];
        dx = new float[x.length];
        gamma = random(C);
        beta = random(C);
        dgamma = new float[C];
        dbeta = new float[C];
    }

    @Benchmark
    public void copy() {
        System.arraycopy(x, 0, y, 0, x.length);
    }

    @Benchmark
    public void forward() {
        GroupNormCpu.forward(y, x, gamma, beta, N, HW, C, 8, 1e-5f, true);
    }

    @Benchmark
    public void backward() {
        GroupNormCpu.backward(dx, dgamma, dbeta, x, gamma, beta, dy, N, HW, C, 8, 1e-5f, true);
    }

    private static float[] random(int size) {
        Random random = new Random(1);
        float[] a = new float[size];
        for (int i = 0; i < size; i++) {
            a[i] = (float) random.nextGaussian();
        }
        return a;
    }
}
