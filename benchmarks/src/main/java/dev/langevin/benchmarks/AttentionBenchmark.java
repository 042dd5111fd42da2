package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.AttentionCpu;
import java.util.Random;
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

/**
 * Self-attention, 64 images, 4 heads of 32 channels. Forward is 4 n t^2 c floating-point operations (0.079 G at 49
 * tokens, 1.26 G at 196) beside the softmax; backward 2.5 times that. The copy moves qkv once. The median is p0.50.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class AttentionBenchmark {
    private static final int N = 64;
    private static final int C = 128;
    private static final int HEADS = 4;
    @Param({"49", "196"})
    public int tokens;
    private float[] qkv;
    private float[] dqkv;
    private float[] y;

    @Setup
    public void setUp() {
        qkv = random(N * tokens * 3 * C);
        dqkv = new float[qkv.length];
        y = random(N * tokens * C);
    }

    @Benchmark
    public void copy() {
        System.arraycopy(qkv, 0, dqkv, 0, qkv.length);
    }

    @Benchmark
    public void forward() {
        AttentionCpu.forward(y, qkv, N, tokens, C, HEADS);
    }

    @Benchmark
    public void backward() {
        AttentionCpu.backward(dqkv, qkv, y, N, tokens, C, HEADS);
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
