package dev.langevin.engine;

/** What messages call by a name. */
public interface Named {
    /** Name for messages: the record's name with a small first letter. */
    default String name() {
        String simple = getClass().getSimpleName();
        return Character.toLowerCase(simple.charAt(0)) + simple.substring(1);
    }
}
