package dev.langevin.training.image;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.io.Reason;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
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

    /**
     * Reads one image.
     *
     * @param channels 1, to which colours are converted by their luma (ITU-R BT.601), or 3
     * @return (height, width, channels) in [-1, 1]
     * @throws InputException when it cannot be read, has transparent pixels, or has another size than (height, width)
     */
    public static float[] read(Path file, int height, int width, int channels) {
        BufferedImage image;
        try (InputStream in = Files.newInputStream(file)) {
            image = ImageIO.read(in);
        } catch (IOException | RuntimeException e) { // the JDK's reader throws both on damaged files
            throw new InputException(file + ": cannot be read as an image ("
                    + (e instanceof IOException io ? Reason.of(io) : e.getClass().getSimpleName()) + "); give a PNG file", e);
        }
        if (image == null) {
            throw new InputException(file + ": not an image that can be read; give a PNG file");
        }
        if (image.getHeight() != height || image.getWidth() != width) {
            throw new InputException(file + ": is " + image.getWidth() + " x " + image.getHeight() + " pixels, the network takes "
                    + width + " x " + height + "; scale or crop it first");
        }
        if (transparent(image)) {
            throw new InputException(file + ": has transparent pixels, and what lies behind them is not to be guessed; save it without an alpha channel");
        }
        float[] values = new float[height * width * channels];
        for (int i = 0; i < height * width; i++) {
            float[] rgb = rgb(image, i % width, i / width);
            for (int c = 0; c < channels; c++) {
                values[i * channels + c] = 2 * (channels == 3 ? rgb[c] : 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]) - 1;
            }
        }
        return values;
    }

    private static boolean transparent(BufferedImage image) {
        for (int i = 0; image.getColorModel().hasAlpha() && i < image.getHeight() * image.getWidth(); i++) {
            if (image.getRGB(i % image.getWidth(), i / image.getWidth()) >>> 24 != 255) {
                return true;
            }
        }
        return false;
    }

    /** Red, green and blue in [0, 1]. Grey pictures are read past the JDK's colour conversion, which brightens them. */
    private static float[] rgb(BufferedImage image, int x, int y) {
        if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
            float grey = image.getRaster().getSampleFloat(x, y, 0) / ((1 << image.getColorModel().getComponentSize(0)) - 1);
            return new float[] {grey, grey, grey};
        }
        int packed = image.getRGB(x, y);
        return new float[] {(packed >> 16 & 0xff) / 255f, (packed >> 8 & 0xff) / 255f, (packed & 0xff) / 255f};
    }

    /** Creates or replaces {@code file}; see {@link AtomicFile#write(Path, byte[])}. */
    public static void write(Path file, BufferedImage image) {
        AtomicFile.write(file, encode(image));
    }
}
