package dev.langevin.engine;

/**
 * What the user gave is wrong: a file, an option, a size. The message says what is wrong, where, and what to do,
 * in one line; the command line prints it alone and exits with status 2.
 */
public class InputException extends LangevinException {
    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
