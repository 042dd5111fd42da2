package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Row P-ENG: 10,000 steps of forward, backward and update run in flat memory. */
class FlatMemoryTest {
    private static final int STEPS = 10_000;
    private static final int WARM_UP = 2_000;
    /** What the JVM may keep by the way; one leaked tensor a step would be 8,000 of more than 200 bytes each. */
    private static final long HEAP_SLACK = 1 << 19;

    private final int threads = Parallel.threads();

    /** Tasks as small as these gain nothing from a second thread. */
    @BeforeEach
    void oneThread() {
        Parallel.setThreads(1);
    }

    @AfterEach
    void allThreads() {
        Parallel.setThreads(threads);
    }

    @Test
    void tenThousandSteps() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor[] p = {leaf(1, 4, 3, 3, 2), leaf(2, 4), leaf(3, 4), leaf(4, 3, 4), leaf(5, 3)};
            Tensor[] m = zeros(p);
            Tensor[] v = zeros(p);
            Tensor[] ema = zeros(p);
            Tensor norm = Tensor.zeros(Shape.SCALAR);
            long held = 0;
            long heap = 0;
            for (int step = 1; step <= STEPS; step++) {
                try (Scope inner = Scope.open()) {
                    Tensor x = Tensor.normal(Shape.of(2, 4, 4, 2), new RandomKey(1, 2, 0, step));
                    Tensor h = x.conv2d(p[0], p[1], 1, 1).groupNormSilu(2, p[1], p[2], 1e-5);
                    Tensor loss = h.mean(1, 2).linear(p[3], p[4]).softmax().square().mean();
                    Tensor[] g = Autograd.gradients(loss, step % 100 == 0, p);
                    new AdamStep(p.length, 1e-3, 0.9, 0.999, 1e-8, 0.01, step, 1, 0.99).apply(AdamStep.operands(p, m, v, ema, norm, g));
                }
                if (step == WARM_UP) {
                    held = backend.bytesHeld();
                    heap = usedHeap();
                } else if (step > WARM_UP) {
                    assertEquals(held, backend.bytesHeld(), "bytes held at step " + step);
                }
            }
            long growth = usedHeap() - heap;
            assertTrue(growth < HEAP_SLACK, "the heap grew by " + growth + " bytes");
            assertTrue(Double.isFinite(norm.item()) && norm.item() > 0);
        }
    }

    private static Tensor leaf(int stream, int... dims) {
        return OpContract.random(Shape.of(dims), -0.5, 0.5, stream, false).requireGrad();
    }

    private static Tensor[] zeros(Tensor[] p) {
        Tensor[] z = new Tensor[p.length];
        for (int i = 0; i < p.length; i++) {
            z[i] = Tensor.zeros(p[i].shape());
        }
        return z;
    }

    /** After collections that leave what is reachable. */
    /** As each collection leaves it: what is used when one asks holds the room that the asking thread is given, megabytes of it. */
    private static long usedHeap() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            used = Math.min(used, ManagementFactory.getMemoryPoolMXBeans().stream().filter(p -> p.getType() == MemoryType.HEAP)
                    .mapToLong(p -> p.getCollectionUsage().getUsed()).sum());
        }
        return used;
    }
}
