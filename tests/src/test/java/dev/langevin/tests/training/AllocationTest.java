package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.training.Trainer;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Row P-ENG: a training step allocates little on the Java heap. Tensors come from the backend's pool and working arrays
 * are kept, so what is left are the objects that record the step. A vector that is boxed in a loop of a kernel, which
 * happens when its code is changed so that the compiler gives up, or an array made in each call, shows here.
 */
class AllocationTest {
    /** Enough for the compiler to have reached the loops: before that each vector is an object. */
    private static final int WARM_UP = 800;
    private static final int STEPS = 200;
    /** So many that vectors boxed in the convolutions' inner loops would take megabytes a step. */
    private static final int BATCH = 24;
    /** About three times the 400 to 500 thousand bytes that are measured. */
    private static final long BOUND = 1_300_000;

    private final int threads = Parallel.threads();

    /** All that a step allocates is then counted on this thread. */
    @BeforeEach
    void oneThread() {
        Parallel.setThreads(1);
    }

    @AfterEach
    void allThreads() {
        Parallel.setThreads(threads);
    }

    @Test
    void aStepOfAUNet() {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (CpuBackend backend = new CpuBackend();
                Trainer trainer = new Trainer(TinyRuns.config("unet", 1, 1e-3, 100_000).withBatch(BATCH), TinyRuns.data("unet"), backend)) {
            long before = 0;
            for (int step = 1; step <= WARM_UP + STEPS; step++) {
                trainer.step(step);
                before = step == WARM_UP ? bean.getCurrentThreadAllocatedBytes() : before;
            }
            long each = (bean.getCurrentThreadAllocatedBytes() - before) / STEPS;
            assertTrue(each > 0 && each < BOUND, "a step allocates " + each + " bytes");
        }
    }
}
