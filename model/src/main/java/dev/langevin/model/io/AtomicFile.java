package dev.langevin.model.io;

import dev.langevin.engine.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files that are either whole or not there: written beside as NAME.tmp, forced to the disk, then renamed.
 * A process killed at any moment leaves the old file, or the new one, and at most a stale NAME.tmp.
 */
public final class AtomicFile {
    /** Ending of a file that is still being written; readers pass over it. */
    public static final String TEMPORARY = ".tmp";

    /** What fills the file. */
    @FunctionalInterface
    public interface Filler {
        void fill(FileChannel out) throws IOException;
    }

    private AtomicFile() {
    }

    /** Writes {@code bytes} as the whole content of {@code file}; see {@link #write(Path, Filler)}. */
    public static void write(Path file, byte[] bytes) {
        write(file, out -> writeFully(out, ByteBuffer.wrap(bytes)));
    }

    /**
     * Creates or replaces {@code file} with what {@code filler} writes.
     *
     * @throws InputException when the folder is missing, not writable or full; {@code file} is then as it was
     */
    public static void write(Path file, Filler filler) {
        Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
        try {
            try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                filler.fill(out);
                out.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceFolder(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            InputException failure = new InputException(file + ": cannot be written (" + Reason.of(e)
                    + "); free space there or name a folder that can be written", e);
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException again) {
                failure.addSuppressed(again);
            }
            throw failure;
        }
    }

    /** Writes all of {@code bytes}; a channel may take less at a time. */
    static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /** Makes the rename itself survive a power cut. Windows cannot open a folder, and needs no such call. */
    private static void forceFolder(Path folder) throws IOException {
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel handle = FileChannel.open(folder, StandardOpenOption.READ)) {
                handle.force(true);
            }
        }
    }
}
