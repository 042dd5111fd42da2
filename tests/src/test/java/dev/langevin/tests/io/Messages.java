package dev.langevin.tests.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import java.nio.file.Path;

/** What every refusal of a user's file must look like: one line that names the file and says what is wrong. */
public final class Messages {
    /** Work on a file that is expected to be refused. */
    @FunctionalInterface
    public interface Work {
        void on(Path file) throws Exception;
    }

    private Messages() {
    }

    /** Asserts that the work throws an InputException of one line with the file's path and the given piece. */
    public static String refused(Path file, String piece, Work work) {
        return refused(file.toString(), piece, () -> work.on(file));
    }

    /** Asserts that the work throws an InputException of one line with both pieces. */
    public static String refused(String name, String piece, org.junit.jupiter.api.function.Executable work) {
        String message = assertThrows(InputException.class, work).getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(name), message + " lacks " + name);
        assertTrue(message.contains(piece), message + " lacks " + piece);
        return message;
    }
}
