package dev.langevin.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Looks for where numbers went wrong. */
public final class Diagnosis {
    private Diagnosis() {
    }

    /** Whether every element is finite. */
    public static boolean isFinite(Tensor tensor) {
        for (float v : tensor.toArray()) {
            if (!Float.isFinite(v)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The first tensor, in the order in which they were made, that holds a NaN or an infinity among all that {@code y}
     * was recorded to depend on; null when there is none.
     */
    public static Tensor firstNonFinite(Tensor y) {
        Set<Tensor> seen = new HashSet<>(Set.of(y));
        ArrayDeque<Tensor> open = new ArrayDeque<>(seen);
        List<Tensor> all = new ArrayList<>();
        while (!open.isEmpty()) {
            Tensor t = open.pop();
            all.add(t);
            if (t.node != null) {
                for (Tensor in : t.node.in) {
                    if (seen.add(in)) {
                        open.push(in);
                    }
                }
            }
        }
        all.sort(Comparator.comparingLong(t -> t.sequence));
        return all.stream().filter(t -> !isFinite(t)).findFirst().orElse(null);
    }
}
