package dev.langevin.training.data;

import dev.langevin.engine.random.Philox;

/**
 * The order in which examples are taken: one permutation of all of them for each epoch, a pure function of
 * (size, seed, epoch). So a resumed run needs only the number of examples taken so far.
 */
public final class Shuffle {
    /** "SHUF" in ASCII: no other stream of numbers has this purpose. */
    private static final int PURPOSE = 0x53485546;

    private final int[] order;
    private final long seed;
    private long epoch = -1;

    /**
     * @param size number of examples, at least 1
     * @param seed the run's seed
     */
    public Shuffle(int size, long seed) {
        if (size < 1) {
            throw new IllegalArgumentException("a shuffle of " + size + " examples");
        }
        this.order = new int[size];
        this.seed = seed;
    }

    /** The example taken at a position (counted from 0 over all epochs). Not to be called by two threads at once. */
    public int index(long position) {
        long wanted = position / order.length;
        if (wanted != epoch) {
            permute((int) wanted);
            epoch = wanted;
        }
        return order[(int) (position % order.length)];
    }

    /** Fisher and Yates: element i changes place with one of 0..i. */
    private void permute(int epoch) {
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int i = order.length - 1; i > 0; i--) {
            int j = (int) (uniform46(i, epoch) * (i + 1));
            int held = order[i];
            order[i] = order[j];
            order[j] = held;
        }
    }

    /** Uniform in [0, 1) with 46 bits: the 23 of one word would favour some places by i / 2^23. */
    private double uniform46(int i, int epoch) {
        double high = Math.floor(Philox.uniform(seed, PURPOSE, i, epoch, 0) * 0x1p23);
        double low = Math.floor(Philox.uniform(seed, PURPOSE, i, epoch, 1) * 0x1p23);
        return (high + low * 0x1p-23) * 0x1p-23;
    }
}
