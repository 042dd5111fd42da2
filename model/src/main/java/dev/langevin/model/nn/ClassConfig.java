package dev.langevin.model.nn;

/**
 * How a network is told the class of an image; beside the classes themselves there is one for "none", which makes the same
 * network the unconditional one.
 *
 * @param number K, the number of classes; 0 for an unconditional network
 * @param conditioning {@code embedding}: a vector for each class is added to the time's embedding (N-CLSEMB); or
 *        {@code cross-attention}: after each self-attention, the pixels attend to tokens of the class (N-XATTN)
 * @param tokens tokens of a class, for cross-attention; with a single one every pixel sees the same
 */
public record ClassConfig(int number, String conditioning, int tokens) {
    /** No classes. */
    public static final ClassConfig NONE = new ClassConfig(0, "embedding", 4);

    public ClassConfig {
        Checks.atLeast("classes.number", number, 0);
        Checks.rows("classes.number", number);
        Checks.oneOf("classes.conditioning", conditioning, "embedding", "cross-attention");
        Checks.atLeast("classes.tokens", tokens, 1);
    }

    boolean embedded() {
        return number > 0 && conditioning.equals("embedding");
    }

    boolean attended() {
        return number > 0 && conditioning.equals("cross-attention");
    }
}
