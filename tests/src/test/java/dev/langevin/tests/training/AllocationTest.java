package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Row P-ENG: a training step allocates little on the Java heap. Tensors come from the backend's pool and working arrays
 * are kept, so what is left are the objects that record the step. A vector that is boxed in a loop of a kernel, which
 * happens when its code is changed so that the compiler gives up, or an array made in each call, shows here.
 */
class AllocationTest {
    private static final int STEPS = 100;
    /** Before the compiler has reached the loops each vector is an object; after some hundred steps the bytes stay as they are. */
    private static final int MOST_STEPS = 2000;
    /** So many that vectors boxed in the convolutions' inner loops would take megabytes a step. */
    private static final int BATCH = 24;
    /**
     * For each kernel that runs: the tensors it makes, arrays and node that record them, and what the kernel itself makes.
     * Measured are at most 450 bytes, after as many steps as the compiler takes to reach every loop.
     */
    private static final long BYTES_A_KERNEL = 700;

    private final int threads = Parallel.threads();

    @AfterEach
    void allThreads() {
        Parallel.setThreads(threads);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aStepOfAUNet(int team) {
        Parallel.setThreads(team);
        long[] counted = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t == Thread.currentThread() || t.getName().startsWith("langevin-")).mapToLong(Thread::threadId).toArray();
        try (CpuBackend backend = new CpuBackend();
                Trainer trainer = new Trainer(config(), TinyRuns.data("unet"), backend)) {
            long[] kernels = new long[1];
            backend.kernels().wrap(kernel -> (op, in, out) -> {
                kernels[0]++;
                kernel.run(op, in, out);
            });
            long least = Long.MAX_VALUE;
            for (int step = 0; step < MOST_STEPS && least > BYTES_A_KERNEL; ) {
                kernels[0] = 0;
                long before = allocated(counted);
                for (int last = step + STEPS; step < last; ) {
                    trainer.step(++step);
                }
                least = Math.min(least, (allocated(counted) - before) / kernels[0]);
            }
            assertTrue(least <= BYTES_A_KERNEL, "a step of " + kernels[0] / STEPS + " kernels allocates " + least + " bytes for each");
        }
    }

    /** As small as the other tests', but with channels for whole vectors: what is seldom reached is not compiled well. */
    private static TrainConfig config() {
        TrainConfig c = TinyRuns.config("unet", 1, 1e-3, 100_000).withBatch(BATCH);
        UNetConfig net = new UNetConfig(8, 1, 16, List.of(1, 2), 1, 32, "sinusoidal", 999, "shift", "transposed", List.of(), true, 4, 8, 0.1, false);
        return c.withUnet(net);
    }

    private static long allocated(long[] threads) {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : bean.getThreadAllocatedBytes(threads)) {
            sum += Math.max(0, bytes); // -1 for a thread of a former team that has ended
        }
        return sum;
    }
}
