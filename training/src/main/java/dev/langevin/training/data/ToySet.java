package dev.langevin.training.data;

/**
 * A distribution over the plane with mean 0 and variance 1 (averaged over the two coordinates).
 *
 * @param name how the command line calls it
 * @param centreX mean of the raw points' first coordinate
 * @param centreY mean of their second
 * @param scale square root of the mean of their two variances
 * @param raw draws a raw point
 */
public record ToySet(String name, double centreX, double centreY, double scale, Raw raw) {
    /** Draws one point from the random numbers of its index. */
    @FunctionalInterface
    public interface Raw {
        void draw(PointRandom random, double[] point);
    }

    /** Writes point {@code index}, a pure function of (seed, index), into {@code point[0..1]}. */
    public void point(long seed, int index, double[] point) {
        raw.draw(new PointRandom(seed, index), point);
        point[0] = (point[0] - centreX) / scale;
        point[1] = (point[1] - centreY) / scale;
    }
}
