package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.OptimiserCpu;
import dev.langevin.engine.cpu.PhiloxCpu;
import dev.langevin.engine.cpu.SamplerCpu;
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
 * What runs once a step over all parameters or all pixels. Adam with moving average: 5 million parameters, 9 floats
 * moved a parameter (180 MB). Noise: 64 images of (64, 64, 3), 3.1 MB written; the sampler's step reads two tensors
 * beside (9.4 MB). The copy moves 40 MB. The median is p0.50.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class UpdatesBenchmark {
    private static final int PARAMETERS = 5_000_000;
    private static final int N = 64;
    private static final int IMAGE = 64 * 64 * 3;
    private float[] p;
    private float[] g;
    private float[] m;
    private float[] v;
    private float[] ema;
    private float[] x;
    private float[] s;
    private float[] out;
    private float[] one;

    @Setup
    public void setUp() {
        p = random(PARAMETERS);
        g = random(PARAMETERS);
        m = new float[PARAMETERS];
        v = new float[PARAMETERS];
        ema = p.clone();
        x = random(N * IMAGE);
        s = random(N * IMAGE);
        out = new float[N * IMAGE];
        one = new float[N];
        java.util.Arrays.fill(one, 1f);
    }

    @Benchmark
    public void copy() {
        System.arraycopy(p, 0, ema, 0, PARAMETERS);
    }

    @Benchmark
    public void adam() {
        OptimiserCpu.adam(p, g, m, v, ema, 0, PARAMETERS, 1f, 1e-4f, 0.9f, 0.999f, 1e-8f, 0f, 0.1f, 0.001f, 0.999f);
    }

    @Benchmark
    public void uniform() {
        PhiloxCpu.uniform(out, N, IMAGE, 7, 1, 0, 0);
    }

    @Benchmark
    public void normal() {
        PhiloxCpu.normal(out, N, IMAGE, 7, 1, 0, 0);
    }

    @Benchmark
    public void affineNoise() {
        SamplerCpu.affineNoise(out, x, s, N, IMAGE, one, one, one, 7, 1, 0, 0);
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
