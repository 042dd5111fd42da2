package dev.langevin.benchmarks.gpu;

import java.util.ArrayList;
import java.util.List;

/** Measured times of one piece of work, in milliseconds. */
final class Times {
    private final List<Double> values = new ArrayList<>();

    void add(double milliseconds) {
        values.add(milliseconds);
    }

    void addAll(Times other) {
        values.addAll(other.values);
    }

    /** These times divided by {@code count}. */
    Times over(int count) {
        Times each = new Times();
        values.forEach(v -> each.add(v / count));
        return each;
    }

    List<Double> values() {
        return values;
    }

    double median() {
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return 0.5 * (sorted.get((n - 1) / 2) + sorted.get(n / 2));
    }

    /** Half of the distance between the quartiles, as a share of the median: a difference below that is noise. */
    double spread() {
        List<Double> sorted = values.stream().sorted().toList();
        int n = sorted.size();
        return 0.5 * (sorted.get((3 * (n - 1) + 3) / 4) - sorted.get((n - 1) / 4)) / median();
    }
}
