package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;

/** The times of a batch's images. */
final class BatchTimes {
    private BatchTimes() {
    }

    /** @throws InputException when there are not as many times as images in x (N, ...) */
    static void check(String score, Tensor x, double[] t) {
        if (t.length != x.dim(0)) {
            throw new InputException(score + ": " + t.length + " times for " + x.dim(0) + " images; give one for each");
        }
    }
}
