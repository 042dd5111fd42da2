package dev.langevin.training.image;

import dev.langevin.training.data.Pixels;
import java.awt.image.BufferedImage;

/**
 * Images side by side in one picture. A float x becomes the byte round((x + 1) * 127.5), clamped to 0..255; grey
 * images become pictures of red = green = blue, because the JDK converts the brightness of its grey pictures when
 * they are read.
 */
public final class ImageGrid {
    /** Pixels between images and around them. */
    public static final int PADDING = 2;
    /** Grey of the padding: images that are black at their borders stay apart. */
    static final int PADDING_RGB = 0x404040;

    private ImageGrid() {
    }

    /** Columns of the smallest square that holds {@code count} images. */
    public static int squareColumns(int count) {
        return Math.max(1, (int) Math.ceil(Math.sqrt(count)));
    }

    /**
     * A grid, filled row by row.
     *
     * @param images (count, height, width, channels) in [-1, 1]; channels is 1 (grey) or 3 (red, green, blue)
     * @param columns images in a row, at least 1; the last row may be shorter
     */
    public static BufferedImage of(float[] images, int count, int height, int width, int channels, int columns) {
        check(images, count, height, width, channels);
        if (columns < 1) {
            throw new IllegalArgumentException("a grid of " + columns + " columns");
        }
        int rows = (count + columns - 1) / columns;
        BufferedImage picture = new BufferedImage(PADDING + columns * (width + PADDING),
                PADDING + rows * (height + PADDING), BufferedImage.TYPE_INT_RGB);
        fill(picture, PADDING_RGB);
        for (int i = 0; i < count; i++) {
            paint(picture, PADDING + i % columns * (width + PADDING), PADDING + i / columns * (height + PADDING), 1,
                    images, i, height, width, channels);
        }
        return picture;
    }

    /** One image (height, width, channels) as it is, without a frame. */
    public static BufferedImage single(float[] image, int height, int width, int channels) {
        check(image, 1, height, width, channels);
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        paint(picture, 0, 0, 1, image, 0, height, width, channels);
        return picture;
    }

    static void check(float[] images, int count, int height, int width, int channels) {
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("images of " + channels + " channels, expected 1 or 3");
        }
        if ((long) count * height * width * channels != images.length) {
            throw new IllegalArgumentException(images.length + " floats are not " + count + " images of (" + height
                    + ", " + width + ", " + channels + ")");
        }
    }

    static void fill(BufferedImage picture, int rgb) {
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                picture.setRGB(x, y, rgb);
            }
        }
    }

    /** Paints image {@code index} with its upper left corner at (left, top), each pixel as a square of side {@code zoom}. */
    static void paint(BufferedImage picture, int left, int top, int zoom, float[] images, int index, int height,
            int width, int channels) {
        for (int y = 0; y < height * zoom; y++) {
            for (int x = 0; x < width * zoom; x++) {
                int at = ((index * height + y / zoom) * width + x / zoom) * channels;
                int red = Pixels.toByte(images[at]);
                int green = channels == 1 ? red : Pixels.toByte(images[at + 1]);
                int blue = channels == 1 ? red : Pixels.toByte(images[at + 2]);
                picture.setRGB(left + x, top + y, red << 16 | green << 8 | blue);
            }
        }
    }
}
