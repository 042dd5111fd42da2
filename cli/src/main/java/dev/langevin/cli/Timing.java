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
     * @param repeats how many were measured
     */
    record Result(double median, double fastest, int repeats) {
    }

    private Timing() {
    }

    /**
     * Warms up for about half of {@code seconds} (the JVM compiles while work runs), then measures for {@code seconds};
     * at least two repeats of the one and three of the other, however long they take.
     */
    static Result of(Runnable work, double seconds) {
        repeat(work, 0.5 * seconds, 2);
        List<Double> times = repeat(work, seconds, LEAST_REPEATS);
        Collections.sort(times);
        int n = times.size();
        return new Result(0.5 * (times.get((n - 1) / 2) + times.get(n / 2)), times.getFirst(), n);
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
