package dev.langevin.training.image;

import dev.langevin.model.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** PNG files, whole or not there. */
public final class Png {
    private Png() {
    }

    /** The PNG of an image, as bytes. */
    public static byte[] encode(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // ImageIO's own stream keeps a cache on disk, which would need a writable temporary folder.
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image, "png", out)) {
                throw new IllegalStateException("this JDK has no PNG writer");
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /** Creates or replaces {@code file}; see {@link AtomicFile#write(Path, byte[])}. */
    public static void write(Path file, BufferedImage image) {
        AtomicFile.write(file, encode(image));
    }
}
