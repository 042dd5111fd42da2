package dev.langevin.training.data;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A published set of images, in two halves.
 *
 * @param name how the command line and configurations call it
 * @param about what it is, in a line
 * @param train the examples to train with
 * @param test those that are held out
 */
public record PublishedImages(String name, String about, Half train, Half test) {
    /** Finds and reads one half. */
    @FunctionalInterface
    public interface Half {
        /**
         * @param data the user's folder, looked in first, or null; then the cache folder, then the network; see {@link FileStore#load}
         * @param progress told in a line what is being fetched, or is not as published; else not called
         */
        LabelledImages load(Path data, Consumer<String> progress);
    }
}
