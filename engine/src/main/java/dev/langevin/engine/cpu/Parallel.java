package dev.langevin.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One team of threads for all CPU kernels. {@link #run} calls a body once for each task number; which thread takes
 * which number is left to chance, so a body writes only to places that belong to its number, and reductions combine
 * their partial results in the order of the numbers. Then the bits of a result do not depend on the size of the team.
 */
public final class Parallel {
    /** What is done for one task number. */
    @FunctionalInterface
    public interface Body {
        void run(int task);
    }

    /** What is done for the indices [from, to). */
    @FunctionalInterface
    public interface Range {
        void run(int from, int to);
    }

    /** Looks at the shared state before a thread goes to sleep: about the time between two kernels of a step. */
    private static final int SPINS = 20_000;
    private static volatile Team team = new Team(Runtime.getRuntime().availableProcessors());

    private Parallel() {
    }

    /** Threads in the team, the calling one included. */
    public static int threads() {
        return team.size;
    }

    /** Sets the size of the team, at least 1. Not to be called while a kernel runs. */
    public static synchronized void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: expected at least 1, got " + threads);
        }
        if (threads != team.size) {
            team.stop = true;
            team.wakeAll();
            team = new Team(threads);
        }
    }

    /** Calls {@code body} once for each number in [0, tasks), on all threads of the team, and waits for all. */
    public static void run(int tasks, Body body) {
        Team t = team;
        if (tasks <= 1 || t.size == 1 || Team.INSIDE.get()[0]) {
            for (int i = 0; i < tasks; i++) {
                body.run(i);
            }
            return;
        }
        t.run(tasks, body);
    }

    /**
     * Splits [0, length) into chunks of {@code grain} (the last may be shorter) and calls {@code body} for each.
     * Chunk borders depend on {@code length} and {@code grain} alone.
     */
    public static void chunks(int length, int grain, Range body) {
        int tasks = (int) (((long) length + grain - 1) / grain);
        if (tasks <= 1) {
            if (length > 0) {
                body.run(0, length);
            }
            return;
        }
        run(tasks, i -> body.run(i * grain, (int) Math.min(length, (i + 1L) * grain)));
    }

    /**
     * Daemon threads that claim task numbers; the caller takes part and waits only for tasks that somebody has claimed.
     * So a thread that the operating system keeps waiting costs nothing but its help, which matters on a machine with
     * other work to do.
     */
    private static final class Team {
        /** Whether this thread is in a task; one cell a thread, kept, so that a call makes no garbage. */
        static final ThreadLocal<boolean[]> INSIDE = ThreadLocal.withInitial(() -> new boolean[1]);
        /** A claim word between two rounds: no task can be claimed. */
        private static final int CLOSED = Integer.MAX_VALUE;

        final int size;
        volatile boolean stop;
        private final Thread[] workers;
        /** Round in the upper half, next task number in the lower: a claim that succeeds is of the round that was read. */
        private final AtomicLong claim = new AtomicLong(CLOSED);
        private final AtomicInteger unfinished = new AtomicInteger();
        private volatile Body body;
        private volatile int tasks;
        private volatile Throwable failure;

        Team(int size) {
            this.size = size;
            this.workers = new Thread[size - 1];
            for (int i = 0; i < workers.length; i++) {
                workers[i] = new Thread(this::work, "langevin-" + (i + 1));
                workers[i].setDaemon(true);
                workers[i].start();
            }
        }

        synchronized void run(int tasks, Body body) {
            long round = (claim.get() >>> 32) + 1;
            this.body = body;
            this.tasks = tasks;
            this.failure = null;
            unfinished.set(tasks);
            claim.set(round << 32);
            wakeAll();
            take();
            for (int spins = 0; unfinished.get() > 0; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            claim.set(round << 32 | CLOSED);
            this.body = null;
            Throwable f = failure;
            if (f instanceof RuntimeException e) {
                throw e;
            } else if (f instanceof Error e) {
                throw e;
            }
        }

        /** Claims and does tasks until none is left. */
        private void take() {
            boolean[] inside = INSIDE.get();
            inside[0] = true;
            try {
                while (true) {
                    long seen = claim.get();
                    int task = (int) seen;
                    Body work = body;
                    if (task >= tasks) {
                        return;
                    }
                    if (claim.compareAndSet(seen, seen + 1)) {
                        try {
                            work.run(task);
                        } catch (Throwable e) {
                            failure = e;
                        } finally {
                            unfinished.decrementAndGet();
                        }
                    }
                }
            } finally {
                inside[0] = false;
            }
        }

        private boolean open() {
            return (int) claim.get() < tasks;
        }

        private void work() {
            while (!stop) {
                for (int spins = 0; !open() && !stop && spins < SPINS; spins++) {
                    Thread.onSpinWait();
                }
                if (open()) {
                    take();
                } else if (!stop) {
                    LockSupport.park(this);
                }
            }
        }

        void wakeAll() {
            for (Thread worker : workers) {
                LockSupport.unpark(worker);
            }
        }
    }
}
