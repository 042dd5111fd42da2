package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Files that may be compressed with gzip. */
final class Gzip {
    /** Far above any file in use (CIFAR-10: 184 MB), low enough that a lying gzip file cannot exhaust the memory. */
    static final int MAX_BYTES = 1 << 29;

    private Gzip() {
    }

    /** The bytes of a file as it is. */
    static byte[] read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("longer than " + MAX_BYTES + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + Reason.of(e) + ")", e);
        }
    }

    static boolean compressed(byte[] bytes) {
        return bytes.length >= 2 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
    }

    /** The bytes, expanded when they are compressed. */
    static byte[] expand(byte[] bytes) throws IOException {
        if (!compressed(bytes)) {
            return bytes;
        }
        byte[] content = new GZIPInputStream(new ByteArrayInputStream(bytes), 1 << 16).readNBytes(MAX_BYTES + 1);
        if (content.length > MAX_BYTES) {
            throw new IOException("longer than " + MAX_BYTES + " bytes");
        }
        return content;
    }

    /** As {@link #expand(byte[])}, for the bytes of a file of the user's. */
    static byte[] expand(Path file, byte[] bytes) {
        try {
            return expand(bytes);
        } catch (IOException e) {
            throw new InputException(file + ": damaged gzip file (" + Reason.of(e) + "); delete it or give another with --data", e);
        }
    }
}
