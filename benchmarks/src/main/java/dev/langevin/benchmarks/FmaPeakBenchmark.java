package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.cpu.Simd;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Fused multiply-adds on registers alone, on every thread of the team: the yardstick of the other benchmarks. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FmaPeakBenchmark {
    private static final VectorSpecies<Float> F = Simd.F;
    private static final int ROUNDS = 1_000_000;

    private final float[] out = new float[F.length() * 256];

    @Benchmark
    public float[] fma(Flops work) {
        int tasks = 4 * Parallel.threads();
        Parallel.run(tasks, i -> chains(out, i % 256 * F.length()));
        work.gflop += 2e-9 * tasks * ROUNDS * 12 * F.length();
        return out;
    }

    private static void chains(float[] out, int at) {
        FloatVector a = FloatVector.fromArray(F, out, at);
        // Different starts, or the compiler would see twelve equal chains.
        FloatVector c0 = a.add(1f);
        FloatVector c1 = a.add(2f);
        FloatVector c2 = a.add(3f);
        FloatVector c3 = a.add(4f);
        FloatVector c4 = a.add(5f);
        FloatVector c5 = a.add(6f);
        FloatVector c6 = a.add(7f);
        FloatVector c7 = a.add(8f);
        FloatVector c8 = a.add(9f);
        FloatVector c9 = a.add(10f);
        FloatVector c10 = a.add(11f);
        FloatVector c11 = a.add(12f);
        for (int i = 0; i < ROUNDS; i++) {
            c0 = a.fma(a, c0);
            c1 = a.fma(a, c1);
            c2 = a.fma(a, c2);
            c3 = a.fma(a, c3);
            c4 = a.fma(a, c4);
            c5 = a.fma(a, c5);
            c6 = a.fma(a, c6);
            c7 = a.fma(a, c7);
            c8 = a.fma(a, c8);
            c9 = a.fma(a, c9);
            c10 = a.fma(a, c10);
            c11 = a.fma(a, c11);
        }
        c0.add(c1).add(c2).add(c3).add(c4).add(c5).add(c6).add(c7).add(c8).add(c9).add(c10).add(c11)
                .mul(0f).intoArray(out, at);
    }
}
