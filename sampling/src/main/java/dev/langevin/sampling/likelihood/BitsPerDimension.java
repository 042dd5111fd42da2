package dev.langevin.sampling.likelihood;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/**
 * Densities of images in bits per dimension. Pixels are 256 levels k, and a model sees them as numbers x in [low, high]. A level is
 * made a density by spreading it evenly over its 256th of the range ("uniform dequantisation", Uria et al. 2013; Theis et al.
 * 2016), u uniform in (0, 1):
 * <pre>x = low + (high - low) (k + u) / 256</pre>
 * The integral of a density over a level's cube of sides (high - low) / 256 is the level's probability, so with d numbers to an
 * image
 * <pre>bits/dim = -log2 p(x) / d + log2(256 / (high - low))</pre>
 * is on average at least the bits that it takes to write down a pixel. The second term is 7 for [-1, 1] and 8 for [0, 1]; pixels that are
 * evenly random have 8 bits/dim.
 *
 * @param low the number that the bottom of level 0 is seen as
 * @param high the number that the top of level 255 is seen as
 */
public record BitsPerDimension(double low, double high) {
    private static final int LEVELS = 256;

    /** Images in [-1, 1], as everywhere in Langevin. */
    public static final BitsPerDimension SYMMETRIC = new BitsPerDimension(-1, 1);

    public BitsPerDimension {
        if (!(low < high && Double.isFinite(high - low))) {
            throw new InputException("bits per dimension: expected a range of pixels, got " + low + " to " + high);
        }
    }

    /** log2(256 / (high - low)), in bits. */
    public double offset() {
        return log2(LEVELS / (high - low));
    }

    /**
     * The bits per dimension of a density.
     *
     * @param nats ln p(x)
     * @param d numbers in an image
     */
    public double of(double nats, int d) {
        return -nats / (d * Math.log(2)) + offset();
    }

    /** How many bits per dimension a difference of some nats is. */
    public static double ofDifference(double nats, int d) {
        return nats / (d * Math.log(2));
    }

    /**
     * Levels, spread evenly.
     *
     * @param levels (N, ...), whole numbers from 0 to 255
     * @param key names u; axis 0 counts images
     * @return x in (low, high), shape of levels
     */
    public Tensor dequantise(Tensor levels, RandomKey key) {
        return levels.add(Tensor.uniform(levels.shape(), key)).mul((high - low) / LEVELS).add(low);
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }
}
