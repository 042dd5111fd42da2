package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

/**
 * How far a float32 result may be from the same computation in double. Each kind is a number of roundings, every one
 * of relative size u = 2^-24 at most, times the magnitude of what is rounded.
 *
 * @param roundings how many roundings
 * @param scale what they are relative to
 * @param floor least magnitude that counts for {@link Scale#LARGEST}; for {@link Scale#ELEMENT} an absolute error that
 *     is always allowed
 */
public record Tolerance(double roundings, Scale scale, double floor) {
    /** Unit roundoff of float32: half the distance of 1 to the next number. */
    public static final double UNIT = 0x1p-24;

    /** What a rounding is relative to. */
    public enum Scale {
        /** Nothing: the same number, once rounded to float32. */
        EXACT,
        /** The element itself. */
        ELEMENT,
        /** The sum of the absolute values of the terms that were added up to the element. */
        TERMS,
        /** The largest element. */
        LARGEST
    }

    /** The same number; a copy, or arithmetic that is exact. */
    public static Tolerance exact() {
        return new Tolerance(0, Scale.EXACT, 0);
    }

    /** k units in the last place of each element; subnormal numbers may be flushed to zero. */
    public static Tolerance ulps(double k) {
        return new Tolerance(2 * k, Scale.ELEMENT, Float.MIN_NORMAL);
    }

    /**
     * A sum of n terms in any order: at worst n + 2 roundings of the sum of the terms' absolute values; roundings are
     * as good as independent, so for long sums 4 sqrt(n) bound them but for a chance of e^-8 (Higham and Mary 2019).
     */
    public static Tolerance terms(int n) {
        return new Tolerance(Math.min(n + 2, 4 * Math.sqrt(n) + 4), Scale.TERMS, 0);
    }

    /** k roundings of the largest element: for chains of ops in which larger elements mix into smaller ones. */
    public static Tolerance largest(double k) {
        return new Tolerance(k, Scale.LARGEST, 0);
    }

    /** As {@link #largest(double)}, when intermediate values are as large as {@code magnitude} whatever the result is. */
    public static Tolerance largest(double k, double magnitude) {
        return new Tolerance(k, Scale.LARGEST, magnitude);
    }

    /**
     * Holds {@code actual} to {@code expected}; NaN fails, also where it is expected.
     *
     * @param terms for {@link Scale#TERMS}: sums of absolute terms, else not read
     * @return the largest share of the tolerance used
     */
    public double check(String what, double[] expected, double[] actual, double[] terms) {
        assertEquals(expected.length, actual.length, what + ": number of elements");
        double largest = Math.max(floor, Arrays.stream(expected).map(Math::abs).filter(Double::isFinite).max().orElse(0));
        double worst = 0;
        int at = -1;
        for (int i = 0; i < expected.length; i++) {
            double rounded = (float) expected[i];
            double bound = switch (scale) {
                case EXACT -> 0;
                case ELEMENT -> roundings * UNIT * Math.abs(expected[i]) + floor;
                case TERMS -> roundings * UNIT * Math.abs(terms[i]);
                case LARGEST -> roundings * UNIT * largest;
            };
            double share = rounded == actual[i] ? 0 : Math.abs(expected[i] - actual[i]) / bound;
            if (!(share <= worst)) {
                worst = share;
                at = i;
            }
            if (Double.isNaN(share)) {
                break;
            }
        }
        assertTrue(worst <= 1, what + ": worst element " + at + " of " + expected.length + ", share of tolerance " + worst
                + (at < 0 ? "" : ", expected " + expected[at] + ", got " + actual[at]) + " (" + this + ")");
        return worst;
    }
}
