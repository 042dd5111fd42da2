package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/** A learnt vector for each of K classes, and one for "none": the rows of a table (K + 1, length). */
final class ClassEmbedding {
    private final Tensor table;
    private final int classes;

    ClassEmbedding(Parameters p, int classes, int length) {
        this.table = p.uniform("weight", Shape.of(classes + 1, length), 1);
        this.classes = classes;
    }

    /** Rows (n, length) of n labels, or n times that of "none" for null. */
    Tensor apply(int[] labels, int n) {
        if (labels != null && labels.length != n) {
            throw new InputException("network: was given classes of " + labels.length + " examples, the batch has " + n);
        }
        double[] rows = new double[n];
        Arrays.setAll(rows, i -> labels == null ? classes : labels[i]);
        return table.gather(Tensor.of(Shape.of(n), rows));
    }
}
