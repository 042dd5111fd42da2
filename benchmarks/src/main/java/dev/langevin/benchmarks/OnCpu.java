package dev.langevin.benchmarks;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Ops as a network calls them, on the whole thread team: dispatch, pool and choice of kernel are part of what is measured. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseParallelGC"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class OnCpu {
    private static final int PURPOSE = 0xBE4C;

    private CpuBackend backend;
    private dev.langevin.engine.Scope scope;
    private int drawn;

    @Setup
    public void open() {
        backend = new CpuBackend();
        scope = dev.langevin.engine.Scope.open(backend);
        prepare();
    }

    @TearDown
    public void close() {
        scope.close();
        backend.close();
    }

    /** Makes what the ops work on; it stays until the end. */
    abstract void prepare();

    CpuBackend backend() {
        return backend;
    }

    /** Standard normal numbers, others at each call. */
    Tensor random(int... dims) {
        return Tensor.normal(Shape.of(dims), new RandomKey(1, PURPOSE, 0, ++drawn));
    }

    /** Ops without a gradient, whose tensors are freed at the end. */
    static void forward(Supplier<Tensor> op) {
        Autograd.noGrad(() -> {
            try (dev.langevin.engine.Scope step = dev.langevin.engine.Scope.open()) {
                return op.get().shape();
            }
        });
    }

    /** The backward pass alone from y, which was recorded before, to {@code wrt}. */
    static void backward(Tensor y, Tensor dy, Tensor... wrt) {
        try (dev.langevin.engine.Scope step = dev.langevin.engine.Scope.open()) {
            Autograd.gradients(y, dy, false, wrt);
        }
    }
}
