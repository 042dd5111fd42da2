package dev.langevin.cli;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What the calling thread and the thread team of its making allocate on the heap. */
final class Allocation {
    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    /** How {@link dev.langevin.engine.cpu.Parallel} names its threads. */
    private static final String TEAM = "langevin-";

    private final long[] threads;

    Allocation() {
        Thread caller = Thread.currentThread();
        threads = Thread.getAllStackTraces().keySet().stream().filter(t -> t == caller || t.getName().startsWith(TEAM))
                .mapToLong(Thread::threadId).toArray();
    }

    /** Bytes since these threads began; asking allocates nothing. */
    long bytes() {
        long sum = 0;
        for (long thread : threads) {
            sum += Math.max(0, THREADS.getThreadAllocatedBytes(thread)); // -1 for a thread that has ended
        }
        return sum;
    }
}
