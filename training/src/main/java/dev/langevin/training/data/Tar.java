package dev.langevin.training.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Files of a tar archive. */
final class Tar {
    private static final int BLOCK = 512;
    private static final long MAX_BYTES = 1 << 27;

    private Tar() {
    }

    /**
     * The content of those of {@code names} that lie in the folder {@code folder}, which ends in a slash, of an archive.
     *
     * @throws IOException when the archive is damaged
     */
    static Map<String, byte[]> read(InputStream archive, String folder, Set<String> names) throws IOException {
        Map<String, byte[]> contents = new HashMap<>();
        DataInputStream in = new DataInputStream(archive);
        byte[] header = new byte[BLOCK];
        // For each file a block with its name (bytes 0..99) and its length in octal (124..135), then its content, filled
        // up to whole blocks; a block of zeros ends the archive.
        while (in.readNBytes(header, 0, BLOCK) == BLOCK && header[0] != 0) {
            String entry = field(header, 0, 100);
            long length;
            try {
                length = Long.parseLong(field(header, 124, 12), 8);
            } catch (NumberFormatException e) {
                throw new IOException(e.getMessage(), e);
            }
            if (length < 0 || length > MAX_BYTES) {
                throw new IOException("it claims " + length + " bytes for " + entry);
            }
            if (entry.startsWith(folder) && names.contains(entry.substring(folder.length()))) {
                byte[] content = new byte[(int) length];
                in.readFully(content);
                contents.put(entry.substring(folder.length()), content);
            } else {
                in.skipNBytes(length);
            }
            in.skipNBytes((BLOCK - length % BLOCK) % BLOCK);
        }
        return contents;
    }

    private static String field(byte[] header, int from, int length) {
        String text = new String(header, from, length, StandardCharsets.US_ASCII);
        int end = text.indexOf('\0');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
