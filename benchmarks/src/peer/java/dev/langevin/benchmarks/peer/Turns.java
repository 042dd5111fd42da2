package dev.langevin.benchmarks.peer;

import dev.langevin.engine.LangevinException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Times pieces of work in alternation, so that what the machine does meanwhile meets all of them alike. */
final class Turns {
    /** OpenMP's threads go on spinning for 200 ms after their last work, and would take the next one's cores. */
    private static final long PAUSE_MILLIS = 300;
    /** Share of the cores that other processes may take; /proc/stat's ticks resolve 0.02 of a repeat of half a second. */
    private static final double MOST_DISTURBED = 0.05;
    /** Times as many turns as were asked for, before it is given up to have as many undisturbed repeats. */
    private static final int PATIENCE = 3;
    private static final int LEAST_REPEATS = 3;

    /**
     * One piece of work and its measured times.
     *
     * @param seconds of each undisturbed repeat, in order
     * @param disturbed seconds of each repeat during which other processes took more than 5 % of the cores
     */
    record Work(String name, Runnable body, List<Double> seconds, List<Double> disturbed) {
        Work(String name, Runnable body) {
            this(name, body, new ArrayList<>(), new ArrayList<>());
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
    }

    private Turns() {
    }

    /** Runs each for {@code seconds} or two repeats, whichever is longer, unmeasured. */
    static void warmUp(double seconds, Work... all) {
        for (Work work : all) {
            pause();
            long begin = System.nanoTime();
            for (int i = 0; i < 2 || (System.nanoTime() - begin) * 1e-9 < seconds; i++) {
                work.body().run();
            }
        }
    }

    /**
     * Lets each have {@code turns} turns of {@code repeats} repeats, A B A B ..., and more where repeats were disturbed.
     *
     * @throws LangevinException when the machine is too busy to measure on
     */
    static void run(int turns, int repeats, Work... all) {
        for (int turn = 0; turn < PATIENCE * turns && least(all) < turns * repeats; turn++) {
            for (Work work : all) {
                pause();
                for (int i = 0; i < repeats; i++) {
                    Neighbours neighbours = new Neighbours();
                    long begin = System.nanoTime();
                    work.body().run();
                    double seconds = (System.nanoTime() - begin) * 1e-9;
                    (neighbours.share() > MOST_DISTURBED ? work.disturbed() : work.seconds()).add(seconds);
                }
            }
        }
        if (least(all) < Math.min(LEAST_REPEATS, turns * repeats)) {
            throw new LangevinException("other processes kept the machine busy: only " + least(all)
                    + " repeats were undisturbed; run this on a quiet machine");
        }
    }

    private static int least(Work... all) {
        return Arrays.stream(all).mapToInt(w -> w.seconds().size()).min().orElseThrow();
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted between two turns", e);
        }
    }
}
