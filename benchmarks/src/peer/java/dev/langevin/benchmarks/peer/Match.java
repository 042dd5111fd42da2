package dev.langevin.benchmarks.peer;

import dev.langevin.engine.LangevinException;
import java.util.List;

/**
 * An op, or its forward and backward pass, ready to be timed in both libraries on the same inputs, on which they were found
 * to agree.
 *
 * @param op its name
 * @param pass what of it is timed
 * @param giga what one repeat does, in 1e9 of the unit
 * @param unit FLOP of the definition, or B where memory bounds the op: the bytes that must be moved at least
 * @param bar least ratio of libtorch's time to Langevin's that is aimed at; 0 where none is
 * @param difference greatest one of outputs and gradients, as a share of each tensor's largest element
 * @param forms of libtorch: layouts, or ways of calling it
 */
record Match(String op, String pass, double giga, String unit, double bar, double difference, Turns.Work langevin, List<Turns.Work> forms) {
    static final String FLOP = "FLOP";
    static final String BYTES = "B";
    /** Rounding of float32 in two orders of summation; a wrong kernel is off by a thousand times that. */
    private static final double TOLERANCE = 1e-4;

    /**
     * Greatest difference of results, as a share of each tensor's largest element.
     *
     * @throws LangevinException when it is more than 1e-4
     */
    static double difference(String what, List<float[]> ours, List<float[]> theirs) {
        double most = 0;
        for (int i = 0; i < ours.size(); i++) {
            most = Math.max(most, Agreement.difference(ours.get(i), theirs.get(i)));
        }
        if (!(most <= TOLERANCE)) {
            throw new LangevinException(what + " differs from Langevin's by " + most + " of the largest element, so times would mean nothing");
        }
        return most;
    }
}
