package dev.langevin.tests.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.Kid;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Row Q-KID: the unbiased polynomial maximum mean discrepancy. */
class KidTest {

    @Test
    void oneBlockIsThePlainDoubleSum() {
        Features x = Draws.normal(1, 150, 5);
        Features y = Draws.shifted(2, 33, 5, i -> 0.5);
        double expected = mean(x, x, true) + mean(y, y, true) - 2 * mean(x, y, false);
        assertEquals(expected, Kid.estimate(x, y), 1e-12);
    }

    /** In one dimension k = (xy + 1)^3 and MMD^2 = 3 (E x - E y)^2 + 3 (E x^2 - E y^2)^2 + (E x^3 - E y^3)^2. */
    @Test
    void momentsInClosedForm() {
        double mu = 0.5;
        double expected = 3 * mu * mu + 3 * Math.pow(mu * mu, 2) + Math.pow(mu * mu * mu + 3 * mu, 2);
        Kid moved = Kid.of(Draws.normal(3, 20_000, 1), Draws.shifted(4, 10_000, 1, i -> mu));
        assertEquals(expected, moved.value(), 4 * moved.standardError());
        assertTrue(moved.standardError() < 0.2 * expected);

        double[] exponential = Arrays.stream(Draws.uniforms(5, 20_000)).map(u -> -Math.log(u) - 1).toArray();
        Kid skewed = Kid.of(Draws.normal(6, 20_000, 1), Features.of(exponential, 1));
        assertEquals(4, skewed.value(), 4 * skewed.standardError());
        assertTrue(skewed.standardError() < 0.2 * 4);
    }

    /** The mean of 40 values is 0 within 4 standard errors, and their spread is what each gives as its standard error. */
    @Test
    void zeroForEqualDistributions() {
        int repeats = 40;
        double sum = 0;
        double squares = 0;
        double claimed = 0;
        for (int r = 0; r < repeats; r++) {
            Kid kid = Kid.of(Draws.normal(100 + r, 400, 8), Draws.normal(200 + r, 300, 8));
            sum += kid.value();
            squares += kid.value() * kid.value();
            claimed += kid.standardError() * kid.standardError() / repeats;
        }
        double spread = squares / repeats;
        assertTrue(Math.abs(sum / repeats) < 4 * Math.sqrt(spread / repeats), "mean " + sum / repeats + " of spread " + Math.sqrt(spread));
        // The variance of a mean of 40 squares is about 2/40 of it, that of the claims 2/(40 * 9).
        assertEquals(1, spread / claimed, 4 * Math.sqrt(2.0 / repeats + 2.0 / (9 * repeats)));
    }

    /** A file sorted by class against one that is not. */
    @Test
    void theOrderOfTheSamplesHasNoEffect() {
        Features sorted = Draws.shifted(7, 2000, 4, i -> i < 1000 ? -3 : 3);
        Features mixed = Draws.shifted(8, 2000, 4, i -> i % 2 == 0 ? -3 : 3);
        Kid kid = Kid.of(sorted, mixed);
        assertTrue(Math.abs(kid.value()) < 4 * kid.standardError(), kid.toString());
    }

    private static double mean(Features x, Features y, boolean different) {
        double sum = 0;
        int pairs = 0;
        for (int i = 0; i < x.count(); i++) {
            for (int j = 0; j < y.count(); j++) {
                if (!different || i != j) {
                    double product = 0;
                    for (int k = 0; k < x.dimension(); k++) {
                        product += x.at(i, k) * y.at(j, k);
                    }
                    sum += Math.pow(product / x.dimension() + 1, 3);
                    pairs++;
                }
            }
        }
        return sum / pairs;
    }
}
