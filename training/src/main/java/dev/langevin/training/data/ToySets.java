package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.util.List;
import java.util.stream.Collectors;

/** The two-dimensional data sets. Centres and scales are the distributions' exact moments, derived beside each. */
public final class ToySets {
    /** Every set, for the command line and the tests. */
    public static final List<ToySet> ALL = List.of(
            new ToySet("swiss-roll", 2, 2 / (3 * Math.PI), swissRollScale(), ToySets::swissRoll),
            new ToySet("two-moons", 0.5, 0.25, twoMoonsScale(), ToySets::twoMoons),
            new ToySet("gaussian-mixture", 0, 0, Math.sqrt(4 * 4 / 2.0 + 0.4 * 0.4), ToySets::gaussianMixture),
            new ToySet("checkerboard", 0, 0, 2 / Math.sqrt(3), ToySets::checkerboard),
            new ToySet("pinwheel", 0, 0, Math.sqrt((1 + 0.3 * 0.3 + 0.1 * 0.1) / 2), ToySets::pinwheel));

    private ToySets() {
    }

    /** The set of a name; an unknown name is refused with the names there are. */
    public static ToySet named(String name) {
        return ALL.stream().filter(set -> set.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown data set \"" + name + "\"; choose one of "
                        + ALL.stream().map(ToySet::name).collect(Collectors.joining(", "))));
    }

    /** The spiral (t cos t, t sin t), t uniform in [1.5 pi, 4.5 pi], with normal noise of deviation 0.5. */
    private static void swissRoll(PointRandom random, double[] point) {
        double t = 1.5 * Math.PI * (1 + 2 * random.uniform(0));
        point[0] = t * Math.cos(t) + 0.5 * random.normal(0);
        point[1] = t * Math.sin(t) + 0.5 * random.normal(1);
    }

    /** E[t^2] = (a^2 + ab + b^2) / 3 = 9.75 pi^2, less the squares of the means, spread over two coordinates. */
    private static double swissRollScale() {
        double meanY = 2 / (3 * Math.PI);
        return Math.sqrt((9.75 * Math.PI * Math.PI - 2 * 2 - meanY * meanY) / 2 + 0.5 * 0.5);
    }

    /** Half circles (cos a, sin a) and (1 - cos a, 1/2 - sin a), a uniform in [0, pi], with noise of deviation 0.1. */
    private static void twoMoons(PointRandom random, double[] point) {
        double a = Math.PI * random.uniform(0);
        boolean upper = random.uniform(1) < 0.5;
        point[0] = (upper ? Math.cos(a) : 1 - Math.cos(a)) + 0.1 * random.normal(0);
        point[1] = (upper ? Math.sin(a) : 0.5 - Math.sin(a)) + 0.1 * random.normal(1);
    }

    /**
     * First coordinate: 1/2 within a moon and 1/4 between their means 0 and 1. Second: 1/2 - (2/pi)^2 within and
     * (2/pi - 1/4)^2 between their means 2/pi and 1/2 - 2/pi.
     */
    private static double twoMoonsScale() {
        double mean = 2 / Math.PI;
        double first = 0.5 + 0.25;
        double second = 0.5 - mean * mean + (mean - 0.25) * (mean - 0.25);
        return Math.sqrt((first + second) / 2 + 0.1 * 0.1);
    }

    /** Eight Gaussians of deviation 0.4 and equal weight, their means on a circle of radius 4. */
    private static void gaussianMixture(PointRandom random, double[] point) {
        double angle = 2 * Math.PI / 8 * Math.floor(8 * random.uniform(0));
        point[0] = 4 * Math.cos(angle) + 0.4 * random.normal(0);
        point[1] = 4 * Math.sin(angle) + 0.4 * random.normal(1);
    }

    /** Uniform over the squares of one colour of a 4 x 4 board on [-2, 2]^2; each coordinate alone is uniform. */
    private static void checkerboard(PointRandom random, double[] point) {
        double x = 4 * random.uniform(0);
        double row = 2 * Math.floor(2 * random.uniform(1)) + Math.floor(x) % 2;
        point[0] = x - 2;
        point[1] = row + random.uniform(2) - 2;
    }

    /**
     * Five arms (Johnson et al., 2016): r = 1 + 0.3 z0 along and 0.1 z1 across, turned by the arm's angle plus
     * exp(r) / 4. Turning keeps lengths, so the variance is E[r^2 + (0.1 z1)^2] / 2.
     */
    private static void pinwheel(PointRandom random, double[] point) {
        double along = 1 + 0.3 * random.normal(0);
        double across = 0.1 * random.normal(1);
        double angle = 2 * Math.PI / 5 * Math.floor(5 * random.uniform(0)) + Math.exp(along) / 4;
        point[0] = along * Math.cos(angle) - across * Math.sin(angle);
        point[1] = along * Math.sin(angle) + across * Math.cos(angle);
    }
}
