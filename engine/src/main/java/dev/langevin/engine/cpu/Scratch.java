package dev.langevin.engine.cpu;

/**
 * Working arrays of one thread, kept between calls so that a steady loop makes no garbage. Each slot holds one array
 * that only grows; its content is undefined when it is asked for, and it has one user at a time. A kernel that hands an
 * array to other threads of the team asks for it on the calling thread, under a slot no task asks for.
 */
final class Scratch {
    // Slots of floats.
    /** Packed panels of the second factor, made by the calling thread and read by all. */
    static final int SHARED_PANELS = 0;
    /** Partial sums, one part per group of tasks, made by the calling thread. */
    static final int SHARED_PARTIALS = 1;
    /** Panels that one task packs for itself. */
    static final int PANELS = 2;
    /** A padded piece of the input. */
    static final int SLAB = 3;
    /** Rows of the first factor, rearranged. */
    static final int ROWS_A = 4;
    /** Rows of the second factor, rearranged. */
    static final int ROWS_B = 5;
    /** Output of one micro-kernel. */
    static final int TILE = 6;
    /** A short row written out several times. */
    static final int BROADCAST_TILE = 7;
    static final int CONSTANT_A = 8;
    static final int CONSTANT_B = 9;
    /** Partial sums, or the lanes of one vector. */
    static final int LANES = 10;
    static final int REDUCE_A = 11;
    static final int REDUCE_B = 12;
    static final int REDUCE_PARTIAL = 13;
    /** A piece of noise. */
    static final int NOISE = 14;
    /** Transformed inputs, products and half-transformed rows of {@link Winograd}. */
    static final int WINOGRAD_A = 15;
    static final int WINOGRAD_B = 16;
    static final int WINOGRAD_C = 17;
    static final int WINOGRAD_D = 18;
    /** A row of biases, made by the calling thread and read by all. */
    static final int SHARED_BIAS = 19;
    /** A gradient of one image. */
    static final int IMAGE_GRADIENT = 20;
    private static final int FLOAT_SLOTS = 21;

    // Slots of doubles.
    static final int GROUP_NORM = 0;
    static final int REDUCE = 1;
    static final int SUM_OF_SQUARES = 2;
    static final int COLUMN_SUMS = 3;
    private static final int DOUBLE_SLOTS = 4;

    // Slots of ints.
    /** Where each row is read. */
    static final int READ_AT = 0;
    /** Where each row is written. */
    static final int WRITE_AT = 1;
    private static final int INT_SLOTS = 2;

    private static final ThreadLocal<Scratch> LOCAL = ThreadLocal.withInitial(Scratch::new);

    private final float[][] floats = new float[FLOAT_SLOTS][0];
    private final double[][] doubles = new double[DOUBLE_SLOTS][0];
    private final int[][] ints = new int[INT_SLOTS][0];

    private Scratch() {
    }

    static Scratch local() {
        return LOCAL.get();
    }

    /** An array of at least {@code length} floats. */
    float[] floats(int slot, long length) {
        if (floats[slot].length < length) {
            floats[slot] = new float[grown(length)];
        }
        return floats[slot];
    }

    /** An array of at least {@code length} doubles. */
    double[] doubles(int slot, int length) {
        if (doubles[slot].length < length) {
            doubles[slot] = new double[grown(length)];
        }
        return doubles[slot];
    }

    /** An array of at least {@code length} ints. */
    int[] ints(int slot, int length) {
        if (ints[slot].length < length) {
            ints[slot] = new int[grown(length)];
        }
        return ints[slot];
    }

    private static int grown(long length) {
        return Math.toIntExact(length + length / 8 + 64);
    }
}
