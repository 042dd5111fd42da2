package dev.langevin.training.image;

import dev.langevin.model.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** PNG files, whole or not there. */
public final class Png {
    private Png() {
    }

    /** The PNG of an image, as bytes. */
    public static byte[] encode(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            // The cache on disk that ImageIO uses by default would need a writable temporary folder.
            ImageIO.setUseCache(false);
            if (!ImageIO.write(image, "png", bytes)) {
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
