package dev.langevin.benchmarks;

import dev.langevin.engine.cpu.Parallel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Copying on the whole thread team: the yardstick of what memory bounds. Bytes read and written count. */
public class CopyBenchmark extends OnCpu {
    private static final int GRAIN = 1 << 16;

    /** Floats: an image tensor of a U-Net (64, 28, 28, 64), and more than caches hold. */
    @Param({"3211264", "33554432"})
    public int size;

    private float[] from;
    private float[] to;

    @Override
    void prepare() {
        from = new float[size];
        to = new float[size];
    }

    @Benchmark
    public float[] copy(Bytes moved) {
        Parallel.chunks(size, GRAIN, (begin, end) -> System.arraycopy(from, begin, to, begin, end - begin));
        moved.gigabyte += 2 * 4e-9 * size;
        return to;
    }
}
