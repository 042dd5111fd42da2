package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks before long work that its result, a picture, can be written where the user wants it, and replaces nothing but a picture. */
final class OutputFile {
    private OutputFile() {
    }

    /** Makes the file's folder where it is missing; {@code option} is what messages call the file. */
    static void check(String option, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.exists(file) && !Files.isRegularFile(file) || folder == null) {
            throw new InputException(option + " " + file + ": is not a file; name one to be written");
        }
        if (!file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw new InputException(option + " " + file + ": a PNG is written; give it a name that ends in .png");
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InputException(option + " " + file + ": its folder cannot be made (" + Reason.of(e) + "); name another", e);
        }
        if (!Files.isWritable(folder)) {
            throw new InputException(option + " " + file + ": its folder cannot be written; name another");
        }
    }
}
