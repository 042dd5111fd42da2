package dev.langevin.benchmarks.peer;

import dev.langevin.engine.LangevinException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Times pieces of work in alternation, so that what the machine does meanwhile meets all of them alike. */
final class Turns {
    /** OpenMP's threads go on spinning for 200 ms after their last work, and would take the next one's cores. */
    private static final long PAUSE_MILLIS = 250;
    /** Least time over which it can be told what other processes take: /proc/stat's ticks resolve 0.03 of it. */
    private static final double SPAN_SECONDS = 0.3;
    /** Share of the cores that other processes may take. */
    private static final double MOST_DISTURBED = 0.05;
    /** Times as many turns as were asked for, before it is given up to have as many undisturbed ones. */
    private static final int PATIENCE = 3;
    private static final int LEAST_SPANS = 3;

    /** One piece of work and its measured times. */
    static final class Work {
        private final String name;
        private final Runnable body;
        private final boolean libtorch;
        private final List<Double> seconds = new ArrayList<>();
        private final List<Double> disturbed = new ArrayList<>();
        private int spans;

        private Work(String name, Runnable body, boolean libtorch) {
            this.name = name;
            this.body = body;
            this.libtorch = libtorch;
        }

        static Work langevin(Runnable body) {
            return new Work("Langevin", body, false);
        }

        /** @param form what tells it from other ways of doing the same in libtorch */
        static Work libtorch(String form, Runnable body) {
            return new Work(("libtorch " + form).strip(), body, true);
        }

        /** The same work, not yet measured. */
        Work again() {
            return new Work(name, body, libtorch);
        }

        String name() {
            return name;
        }

        /** Of each undisturbed repeat, in order. */
        List<Double> seconds() {
            return seconds;
        }

        /** Seconds of each repeat during which other processes took more than 5 % of the cores. */
        List<Double> disturbed() {
            return disturbed;
        }

        double median() {
            List<Double> sorted = seconds.stream().sorted().toList();
            int n = sorted.size();
            return 0.5 * (sorted.get((n - 1) / 2) + sorted.get(n / 2));
        }

        double fastest() {
            return seconds.stream().mapToDouble(v -> v).min().orElseThrow();
        }

        double slowest() {
            return seconds.stream().mapToDouble(v -> v).max().orElseThrow();
        }

        /** Repeats for at least {@link #SPAN_SECONDS}, judged as one. */
        private void span() {
            List<Double> times = new ArrayList<>();
            Neighbours neighbours = new Neighbours();
            long begin = System.nanoTime();
            long end = begin;
            while ((end - begin) * 1e-9 < SPAN_SECONDS) {
                long from = System.nanoTime();
                body.run();
                end = System.nanoTime();
                times.add((end - from) * 1e-9);
            }
            if (neighbours.share() > MOST_DISTURBED) {
                disturbed.addAll(times);
            } else {
                seconds.addAll(times);
                spans++;
            }
        }

        private void pause() {
            if (libtorch) {
                return; // Langevin's threads sleep within a millisecond
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted between two turns", e);
            }
        }
    }

    private Turns() {
    }

    /** Runs each for {@code seconds} or two repeats, whichever is longer, unmeasured. */
    static void warmUp(double seconds, Work... all) {
        for (Work work : all) {
            work.pause();
            long begin = System.nanoTime();
            for (int i = 0; i < 2 || (System.nanoTime() - begin) * 1e-9 < seconds; i++) {
                work.body.run();
            }
        }
    }

    /**
     * Lets each have {@code turns} turns, A B A B ..., and more where turns were disturbed. A turn is {@code repeats} times
     * one repeat, or as many as fill 0.3 s where one is shorter.
     *
     * @throws LangevinException when the machine is too busy to measure on
     */
    static void run(int turns, int repeats, Work... all) {
        for (int turn = 0; turn < PATIENCE * turns && least(all) < turns * repeats; turn++) {
            for (Work work : all) {
                work.pause();
                for (int i = 0; i < repeats; i++) {
                    work.span();
                }
            }
        }
        if (least(all) < Math.min(LEAST_SPANS, turns * repeats)) {
            throw new LangevinException("other processes kept the machine busy: only " + least(all)
                    + " turns were undisturbed; run this on a quiet machine");
        }
    }

    private static int least(Work... all) {
        return Arrays.stream(all).mapToInt(w -> w.spans).min().orElseThrow();
    }
}
