package dev.langevin.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Times repeated work. */
final class Timing {
    private static final int LEAST_REPEATS = 3;

    /**
     * Seconds for one repeat.
     *
     * @param median over the repeats
     * @param fastest of the repeats
     * @param mean over the repeats
     * @param repeats how many were measured
     * @param allocated bytes that a repeat allocates on the heap, mean, on the calling thread and the thread team
     */
    record Result(double median, double fastest, double mean, int repeats, double allocated) {
    }

    private Timing() {
    }

    /**
     * Warms up for about half of {@code seconds} (the JVM compiles while work runs), then measures for {@code seconds};
     * at least two repeats of the one and three of the other, however long they take.
     */
    static Result of(Runnable work, double seconds) {
        repeat(work, 0.5 * seconds, 2);
        return measure(work, seconds);
    }

    /** Measures work that is warm for {@code seconds}, at least three repeats. */
    static Result measure(Runnable work, double seconds) {
        Allocation allocation = new Allocation();
        long[] allocated = {0};
        List<Double> times = repeat(() -> {
            long before = allocation.bytes();
            work.run();
            allocated[0] += allocation.bytes() - before;
        }, seconds, LEAST_REPEATS);
        Collections.sort(times);
        int n = times.size();
        double mean = times.stream().mapToDouble(t -> t).sum() / n;
        return new Result(0.5 * (times.get((n - 1) / 2) + times.get(n / 2)), times.getFirst(), mean, n, (double) allocated[0] / n);
    }

    private static List<Double> repeat(Runnable work, double seconds, int least) {
        List<Double> times = new ArrayList<>();
        long begin = System.nanoTime();
        long end = begin;
        while (times.size() < least || (end - begin) * 1e-9 < seconds) {
            long from = System.nanoTime();
            work.run();
            end = System.nanoTime();
            times.add((end - from) * 1e-9);
        }
        return times;
    }
}
