package dev.langevin.training.data;

/** One way to fetch a file did not work; the message is a phrase with the reason. Others may still be tried. */
final class FetchException extends Exception {
    FetchException(String message) {
        super(message);
    }
}
