package dev.langevin.engine.cpu;

/** Work space that belongs to one thread and is kept for its next kernel, so that a steady loop allocates nothing. */
final class ThreadScratch {
    private static final ThreadLocal<ThreadScratch> CURRENT = ThreadLocal.withInitial(ThreadScratch::new);

    /** Slots of {@link #doubles}; each belongs to one kernel. */
    static final int GROUP_NORM = 0;
    static final int REDUCE = 1;
    static final int SUM_OF_SQUARES = 2;

    /** Slots of {@link #floats}. */
    static final int TILE = 0;
    static final int CONSTANT_A = 1;
    static final int CONSTANT_B = 2;
    static final int LANES = 3;
    static final int REDUCE_A = 4;
    static final int REDUCE_B = 5;
    static final int REDUCE_PARTIAL = 6;
    static final int NOISE = 7;

    private final float[][] floats = new float[16][0];
    private final double[][] doubles = new double[4][0];

    private ThreadScratch() {
    }

    static ThreadScratch current() {
        return CURRENT.get();
    }

    /** At least {@code size} floats with whatever the last user of this slot left; a slot has one user at a time. */
    float[] floats(int slot, int size) {
        float[] a = floats[slot];
        if (a.length < size) {
            a = new float[Math.max(size, a.length * 2)];
            floats[slot] = a;
        }
        return a;
    }

    /** As {@link #floats}, in double precision. */
    double[] doubles(int slot, int size) {
        double[] a = doubles[slot];
        if (a.length < size) {
            a = new double[Math.max(size, a.length * 2)];
            doubles[slot] = a;
        }
        return a;
    }
}
