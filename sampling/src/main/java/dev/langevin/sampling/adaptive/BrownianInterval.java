package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.sampling.Purpose;

/**
 * A dyadic interval of the time [0, 1] and the increment over it of one image's Brownian path, by Levy's construction: the
 * halves of an interval of length l with the increment w have the increments w/2 + sqrt(l)/2 z and w/2 - sqrt(l)/2 z. So
 * the increment over any interval is a pure function of (seed, image, interval): whoever tries a long step, rejects it and
 * takes shorter ones follows one path.
 *
 * <p>Number {@code index} of depth d is [index, index + 1] / 2^d. Normals are drawn with the interval's number in the tree,
 * 2^d + index, as the key's step, and a trunk's increment with its index alone, which no tree number equals.
 */
public final class BrownianInterval {

    /** Depth of the longest intervals, whose increments are independent of each other. */
    public static final int TRUNK = 4;

    /** Depth that is not split further. */
    public static final int DEEPEST = 24;

    private final long seed;
    private final int image;
    private final Shape shape;
    private final int depth;
    private final int index;
    private final double[] increment;

    private BrownianInterval(long seed, int image, Shape shape, int depth, int index, double[] increment) {
        this.seed = seed;
        this.image = image;
        this.shape = shape;
        this.depth = depth;
        this.index = index;
        this.increment = increment;
    }

    /**
     * One of the 2^{@link #TRUNK} longest intervals. Draws on the current scope's backend.
     *
     * @param image number of the image in the whole run
     * @param shape of the image, (1, ...)
     * @param index in [0, 2^TRUNK)
     */
    public static BrownianInterval trunk(long seed, int image, Shape shape, int index) {
        double[] w = normal(seed, image, shape, index);
        double deviation = Math.sqrt(Math.scalb(1.0, -TRUNK));
        for (int i = 0; i < w.length; i++) {
            w[i] *= deviation;
        }
        return new BrownianInterval(seed, image, shape, TRUNK, index, w);
    }

    /** Its earlier and its later half. */
    public BrownianInterval[] halves() {
        double[] z = normal(seed, image, shape, (1 << depth) + index);
        double[] early = new double[z.length];
        double[] late = new double[z.length];
        double spread = 0.5 * Math.sqrt(length());
        for (int i = 0; i < z.length; i++) {
            early[i] = 0.5 * increment[i] + spread * z[i];
            late[i] = 0.5 * increment[i] - spread * z[i];
        }
        return new BrownianInterval[] {new BrownianInterval(seed, image, shape, depth + 1, 2 * index, early),
                new BrownianInterval(seed, image, shape, depth + 1, 2 * index + 1, late)};
    }

    /** Whether {@link #halves} may be asked for: depth below {@link #DEEPEST}. */
    public boolean divisible() {
        return depth < DEEPEST;
    }

    /** 2^-depth. */
    public double length() {
        return Math.scalb(1.0, -depth);
    }

    /** Where it begins, in [0, 1). */
    public double start() {
        return index * length();
    }

    /** Where it ends, in (0, 1]. */
    public double end() {
        return (index + 1) * length();
    }

    /** The path's increment, one number a pixel, variance {@link #length}; not to be changed. */
    public double[] increment() {
        return increment;
    }

    private static double[] normal(long seed, int image, Shape shape, int step) {
        try (Scope scope = Scope.open()) {
            return Tensor.normal(shape, new RandomKey(seed, Purpose.PATH.code(), image, step)).toDoubles();
        }
    }
}
