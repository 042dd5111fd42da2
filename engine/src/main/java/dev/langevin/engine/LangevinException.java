package dev.langevin.engine;

/** Base of every exception that Langevin throws on purpose; its message is one complete sentence for the user. */
public class LangevinException extends RuntimeException {
    public LangevinException(String message) {
        super(message);
    }

    public LangevinException(String message, Throwable cause) {
        super(message, cause);
    }
}
