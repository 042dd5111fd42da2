package dev.langevin.engine;

/** A step that is run many times; see {@link Backend#repeated}. */
@FunctionalInterface
public interface Repeated extends AutoCloseable {
    /** Runs step {@code k}. On an asynchronous device it may still be running on return. */
    void run(long k);

    /** Does what can be done for step {@code k} ahead of {@link #run}, while the device is busy with the one before it. */
    default void prepare(long k) {
    }

    /** Whether the last run was replayed from what was recorded, and not gone through as it is written. */
    default boolean replayed() {
        return false;
    }

    /** Frees what was recorded. */
    @Override
    default void close() {
    }
}
