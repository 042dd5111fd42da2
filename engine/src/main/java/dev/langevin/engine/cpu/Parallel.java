package dev.langevin.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
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
        if (tasks <= 1 || t.size == 1 || Team.INSIDE.get() != null) {
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

    /** Daemon threads that take numbers from a shared counter; the caller takes part. */
    private static final class Team {
        static final ThreadLocal<Boolean> INSIDE = new ThreadLocal<>();

        final int size;
        final Thread[] workers;
        volatile boolean stop;
        private volatile Body body;
        private volatile int tasks;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger busy = new AtomicInteger();
        private volatile int round;
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
            this.body = body;
            this.tasks = tasks;
            this.failure = null;
            busy.set(workers.length);
            next.set(0);
            round++;
            wakeAll();
            take();
            int spins = 0;
            while (busy.get() > 0) {
                if (++spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            this.body = null;
            Throwable f = failure;
            if (f instanceof RuntimeException e) {
                throw e;
            } else if (f instanceof Error e) {
                throw e;
            }
        }

        private void take() {
            INSIDE.set(Boolean.TRUE);
            try {
                for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                    body.run(i);
                }
            } catch (Throwable e) {
                failure = e;
                next.set(tasks);
            } finally {
                INSIDE.remove();
            }
        }

        private void work() {
            int seen = 0;
            while (!stop) {
                int spins = 0;
                while (round == seen && !stop) {
                    if (++spins < SPINS) {
                        Thread.onSpinWait();
                    } else {
                        LockSupport.park(this);
                    }
                }
                if (stop) {
                    return;
                }
                seen = round;
                take();
                busy.decrementAndGet();
            }
        }

        void wakeAll() {
            for (Thread worker : workers) {
                LockSupport.unpark(worker);
            }
        }
    }
}
