package dev.langevin.kernels.driver;

import java.nio.file.Path;
import java.util.List;

/**
 * What is known of one of NVIDIA's libraries on this machine.
 *
 * @param path its file, or null when none was found
 * @param version as it says itself, or null
 * @param reason why it cannot be used, or null when it can
 * @param hint what to do then, or null
 * @param folders where was looked, in order
 */
public record Capability(NativeLibrary library, Path path, String version, String reason, String hint, List<Path> folders) {
    /** Whether it can be used. */
    public boolean available() {
        return reason == null;
    }

    /** The names of the files looked for. */
    public List<String> names() {
        return library.names();
    }

    /** In one line why it cannot be used, and what to do. */
    public String complaint() {
        return (library == NativeLibrary.DRIVER ? "the " : "") + library.label() + " cannot be used: " + reason + "; " + hint;
    }

    Capability without(String why, String cure) {
        return new Capability(library, path, version, why, cure, folders);
    }
}
