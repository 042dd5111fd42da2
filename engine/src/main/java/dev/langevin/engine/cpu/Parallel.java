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
            team.stop();
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
        t.run(tasks, body, null, 1, tasks);
    }

    /**
     * Splits [0, length) into chunks of {@code grain} (the last may be shorter) and calls {@code body} for each.
     * Chunk borders depend on {@code length} and {@code grain} alone.
     */
    public static void chunks(int length, int grain, Range body) {
        int tasks = (int) (((long) length + grain - 1) / grain);
        Team t = team;
        if (tasks <= 1 || t.size == 1 || Team.INSIDE.get()[0]) {
            for (int i = 0; i < tasks; i++) {
                body.run(i * grain, end(i, grain, length));
            }
            return;
        }
        t.run(tasks, null, body, grain, length);
    }

    private static int end(int chunk, int grain, int length) {
        return (int) Math.min(length, (chunk + 1L) * grain);
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
        private final Worker[] workers;
        /** Round in the upper half, next task number in the lower: a claim that succeeds is of the round that was read. */
        private final AtomicLong claim = new AtomicLong(CLOSED);
        private final AtomicInteger unfinished = new AtomicInteger();
        private volatile int tasks;
        private volatile boolean stop;
        private volatile Throwable failure;
        // What is done in a round: written before its first claim, so whoever claims reads what belongs to it.
        private Body body;
        private Range range;
        private int grain;
        private int length;

        Team(int size) {
            this.size = size;
            this.workers = new Worker[size - 1];
            for (int i = 0; i < workers.length; i++) {
                workers[i] = new Worker(this, i + 1);
                workers[i].start();
            }
        }

        /** One round: {@code body} for each task, or else {@code range} for each chunk. */
        synchronized void run(int tasks, Body body, Range range, int grain, int length) {
            long round = (claim.get() >>> 32) + 1;
            this.body = body;
            this.range = range;
            this.grain = grain;
            this.length = length;
            this.tasks = tasks;
            this.failure = null;
            unfinished.set(tasks);
            claim.set(round << 32);
            wake(tasks - 1);
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
            this.range = null;
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
                    Body b = body;
                    Range r = range;
                    int from = task * grain;
                    int to = end(task, grain, length);
                    if (task >= tasks) {
                        return;
                    }
                    if (claim.compareAndSet(seen, seen + 1)) {
                        try {
                            if (b != null) {
                                b.run(task);
                            } else {
                                r.run(from, to);
                            }
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

        /** Wakes sleepers, at most as many as there are tasks for; a thread that is still looking needs no call. */
        private void wake(int most) {
            for (int i = 0; i < workers.length && most > 0; i++) {
                if (workers[i].asleep) {
                    LockSupport.unpark(workers[i]);
                    most--;
                }
            }
        }

        void stop() {
            stop = true;
            wake(workers.length);
        }
    }

    /** A thread of a team, which looks for open rounds and, after a while without one, sleeps. */
    private static final class Worker extends Thread {
        private final Team team;
        /** Set before the last look at the team, so that who opens a round after that look sees it. */
        volatile boolean asleep;

        Worker(Team team, int number) {
            super("langevin-" + number);
            this.team = team;
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!team.stop) {
                for (int spins = 0; !team.open() && !team.stop && spins < SPINS; spins++) {
                    Thread.onSpinWait();
                }
                asleep = true;
                if (!team.open() && !team.stop) {
                    LockSupport.park(team);
                }
                asleep = false;
                team.take();
            }
        }
    }
}
