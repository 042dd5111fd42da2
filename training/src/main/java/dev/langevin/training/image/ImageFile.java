package dev.langevin.training.image;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * PNG and JPEG files of 8 bits, opaque, grey or RGB. Whatever cannot be had without a choice that is the user's (what lies behind a
 * transparent pixel, how CMYK looks, which 8 of 16 bits) is refused. An orientation that a camera noted is not applied.
 */
public final class ImageFile {
    private static final long MOST_PIXELS = 1 << 28;

    private ImageFile() {
    }

    /** Whether a file's name ends like that of a PNG or JPEG file. */
    public static boolean isNamedLikeOne(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return List.of(".png", ".jpg", ".jpeg").stream().anyMatch(name::endsWith);
    }

    /**
     * Height and width, without decoding the file.
     *
     * @throws InputException as {@link #read}
     */
    public static int[] size(Path file) {
        return with(file, reader -> new int[] {reader.getHeight(0), reader.getWidth(0)});
    }

    /**
     * Decodes a file.
     *
     * @param channels 1, to which colours are converted by their luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), or 3
     * @throws InputException naming the file and what it is, when it is not one of these
     */
    public static Raster read(Path file, int channels) {
        BufferedImage image = with(file, reader -> {
            if ((long) reader.getHeight(0) * reader.getWidth(0) > MOST_PIXELS) {
                throw new InputException(file + ": is " + reader.getWidth(0) + " x " + reader.getHeight(0) + " pixels, too large; scale it down");
            }
            return reader.read(0);
        });
        if (image.getColorModel().getComponentSize(0) > 8) {
            throw new InputException(file + ": has 16 bits for each colour; save it with 8");
        }
        return raster(file, image, channels);
    }

    /** Work on an open file. */
    private interface Work<T> {
        T on(ImageReader reader) throws IOException;
    }

    private static <T> T with(Path file, Work<T> work) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + Reason.of(e) + ")", e);
        }
        ImageReader reader = null;
        // ImageIO's own stream keeps a cache on disk, which would need a writable temporary folder.
        try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            var readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new InputException(file + ": not a PNG or JPEG image; delete it or replace it");
            }
            reader = readers.next();
            String format = reader.getFormatName().toLowerCase(Locale.ROOT);
            if (!format.equals("png") && !format.equals("jpeg")) {
                throw new InputException(file + ": a file in the format " + format + "; convert it to PNG or JPEG");
            }
            // The JDK takes some of these for colours with alpha.
            if (format.equals("jpeg") && components(bytes) == 4) {
                throw new InputException(file + ": a JPEG in CMYK; convert it to RGB");
            }
            reader.setInput(stream, true, true);
            return work.on(reader);
        } catch (InputException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // the JDK's readers throw both on damaged files
            throw new InputException(file + ": damaged image (" + (e instanceof IOException io ? Reason.of(io) : e.getClass().getSimpleName())
                    + "); delete it or replace it", e);
        } finally {
            if (reader != null) {
                reader.dispose();
            }
        }
    }

    /** Colours of a JPEG: what its start-of-frame segment (0xC0 to 0xCF, but for three others) says, or 0 where there is none. */
    private static int components(byte[] jpeg) {
        int at = 2;
        while (at + 9 < jpeg.length && jpeg[at] == (byte) 0xff) {
            int marker = jpeg[at + 1] & 0xff;
            if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
                return jpeg[at + 9];
            }
            at += 2 + ((jpeg[at + 2] & 0xff) << 8 | jpeg[at + 3] & 0xff);
        }
        return 0;
    }

    private static Raster raster(Path file, BufferedImage image, int channels) {
        int height = image.getHeight();
        int width = image.getWidth();
        byte[] pixels = new byte[height * width * channels];
        // Grey pictures are read past the JDK's colour conversion, which brightens them.
        boolean grey = image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        int greatest = (1 << image.getColorModel().getComponentSize(0)) - 1;
        boolean alpha = image.getColorModel().hasAlpha();
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                if (alpha && row[x] >>> 24 != 255) {
                    throw new InputException(file + ": has transparent pixels; save it without an alpha channel");
                }
                int g = grey ? Math.round(255f * image.getRaster().getSample(x, y, 0) / greatest) : 0;
                int red = grey ? g : row[x] >> 16 & 0xff;
                int green = grey ? g : row[x] >> 8 & 0xff;
                int blue = grey ? g : row[x] & 0xff;
                int at = (y * width + x) * channels;
                if (channels == 1) {
                    pixels[at] = (byte) Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
                } else {
                    pixels[at] = (byte) red;
                    pixels[at + 1] = (byte) green;
                    pixels[at + 2] = (byte) blue;
                }
            }
        }
        return new Raster(pixels, height, width, channels);
    }
}
