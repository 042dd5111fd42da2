package dev.langevin.sampling.metrics;

import dev.langevin.engine.InputException;

/** Feature vectors (n, d) of n samples in double precision, row-major, all finite. Neither copied nor changed by any metric. */
public final class Features {
    private final double[] values;
    private final int count;
    private final int dimension;

    private Features(double[] values, int dimension) {
        if (dimension < 1 || values.length % dimension != 0) {
            throw new InputException("features: " + values.length + " numbers are no whole number of vectors of dimension " + dimension);
        }
        this.values = values;
        this.dimension = dimension;
        this.count = values.length / dimension;
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new InputException("features: component " + i % dimension + " of sample " + i / dimension + " is " + values[i]
                        + "; look for the samples or weights that are not finite");
            }
        }
    }

    /**
     * @param values (n, d), row-major, kept as it is
     * @param dimension d, at least 1
     * @throws InputException when the length is no multiple of d, or a number is not finite
     */
    public static Features of(double[] values, int dimension) {
        return new Features(values, dimension);
    }

    /** The same of single precision, which is copied: a network's output, or pixels. */
    public static Features of(float[] values, int dimension) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return new Features(wide, dimension);
    }

    /** n. */
    public int count() {
        return count;
    }

    /** d. */
    public int dimension() {
        return dimension;
    }

    /** Component {@code j} of sample {@code i}. */
    public double at(int i, int j) {
        return values[i * dimension + j];
    }

    /** The samples {@code rows}, in that order. */
    public Features select(int... rows) {
        double[] chosen = new double[rows.length * dimension];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * dimension, chosen, i * dimension, dimension);
        }
        return new Features(chosen, dimension);
    }

    /** @throws InputException with the number needed when there are fewer than {@code needed} samples */
    void requireCount(String metric, int needed) {
        if (count < needed) {
            throw new InputException(metric + ": " + count + " samples are too few, at least " + needed + " are needed");
        }
    }

    /** @throws InputException when the other's vectors have another dimension */
    void requireDimensionOf(String metric, Features other) {
        if (dimension != other.dimension) {
            throw new InputException(metric + ": features of dimension " + dimension + " and of dimension " + other.dimension
                    + " cannot be compared; take both from one extractor");
        }
    }
}
