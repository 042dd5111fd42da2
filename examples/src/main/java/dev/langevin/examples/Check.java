package dev.langevin.examples;

import java.util.Locale;

/** The numbers that an example ends with, each held to a bound; one that is out of it ends the program with status 1 and one line. */
final class Check {
    /** Without a stack trace: uncaught, it is one line. */
    static final class WrongNumber extends RuntimeException {
        private WrongNumber(String message) {
            super(message, null, false, false);
        }
    }

    private Check() {
    }

    /** @throws WrongNumber unless low &lt;= value &lt;= high */
    static void within(String what, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new WrongNumber(String.format(Locale.ROOT, "%s is %.4g, expected %.4g to %.4g", what, value, low, high));
        }
        System.out.printf(Locale.ROOT, "ok  %s %.4g, in [%.4g, %.4g]%n", what, value, low, high);
    }

    /** @throws WrongNumber unless value &lt;= bound */
    static void atMost(String what, double value, double bound) {
        if (!(value <= bound)) {
            throw new WrongNumber(String.format(Locale.ROOT, "%s is %.4g, expected at most %.4g", what, value, bound));
        }
        System.out.printf(Locale.ROOT, "ok  %s %.4g, at most %.4g%n", what, value, bound);
    }

    /** @throws WrongNumber unless it holds */
    static void that(String what, boolean holds) {
        if (!holds) {
            throw new WrongNumber("it should hold, and does not, that " + what);
        }
        System.out.println("ok  " + what);
    }
}
