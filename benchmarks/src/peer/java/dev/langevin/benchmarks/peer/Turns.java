package dev.langevin.benchmarks.peer;

import java.util.ArrayList;
import java.util.List;

/** Times pieces of work in alternation, so that what the machine does meanwhile meets all of them alike. */
final class Turns {
    /** OpenMP's threads go on spinning for 200 ms after their last work, and would take the next one's cores. */
    private static final long PAUSE_MILLIS = 300;

    /**
     * One piece of work and its measured times.
     *
     * @param seconds of each repeat, in order
     */
    record Work(String name, Runnable body, List<Double> seconds) {
        Work(String name, Runnable body) {
            this(name, body, new ArrayList<>());
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

    /** Lets each have {@code turns} turns of {@code repeats} repeats: A B A B ... */
    static void run(int turns, int repeats, Work... all) {
        for (int turn = 0; turn < turns; turn++) {
            for (Work work : all) {
                pause();
                for (int i = 0; i < repeats; i++) {
                    long begin = System.nanoTime();
                    work.body().run();
                    work.seconds().add((System.nanoTime() - begin) * 1e-9);
                }
            }
        }
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
