package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/** Refusals that networks share; those of configurations name the key that is wrong. */
final class Checks {
    private Checks() {
    }

    static void oneOf(String key, String value, String... known) {
        if (!Arrays.asList(known).contains(value)) {
            throw new InputException("network: " + key + " '" + value + "' is unknown; use " + String.join(", ", known));
        }
    }

    static void atLeast(String key, int value, int least) {
        if (value < least) {
            throw new InputException("network: " + key + " " + value + " is less than " + least);
        }
    }

    /** Refuses more rows of a table than whole numbers up to which every one is a float32: they are looked up by such. */
    static void rows(String key, int value) {
        if (value >= 1 << 24) {
            throw new InputException("network: " + key + " " + value + " is not below 2^24");
        }
    }

    static void finite(String key, double value) {
        if (!Double.isFinite(value)) {
            throw new InputException("network: " + key + " " + value + " is not finite");
        }
    }

    /** Refuses a tensor whose lengths have a product beyond 2^31 - 1. */
    static void fits(String what, int... lengths) {
        long product = 1;
        for (int length : lengths) {
            product *= length; // below 2^62
            if (product > Integer.MAX_VALUE) {
                throw new InputException("network: " + what + " needs a tensor of more than 2^31 - 1 numbers; use less");
            }
        }
    }

    /** Refuses what is not a batch of square images (N, size, size, channels) with a label of the noise level (N). */
    static void images(String network, int size, int channels, Tensor x, Tensor t) {
        Shape images = Shape.of(x.dim(0), size, size, channels);
        if (!x.shape().equals(images) || !t.shape().equals(Shape.of(x.dim(0)))) {
            throw new ShapeException(network, "images " + images + " and one time for each", x.shape(), t.shape());
        }
    }
}
