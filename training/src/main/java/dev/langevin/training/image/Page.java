package dev.langevin.training.image;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;

/** The parts of a page that shows text, bars and pictures together, and puts them in order; they look the same on every machine. */
public final class Page {
    private static final int MARGIN = 8;
    private static final int LINE = DotFont.HEIGHT + 3;
    private static final int TEXT_RGB = 0xE0E0E0;
    private static final int BAR_RGB = 0x1F77B4;
    private static final int MARK_RGB = 0xFF7F0E;
    private static final int BAR = 28;
    private static final int GAP = 6;
    private static final int TALLEST = 140;

    private Page() {
    }

    /**
     * Lines of text.
     *
     * @param zoom side of a dot in pixels, at least 1
     */
    public static BufferedImage text(List<String> lines, int zoom) {
        int width = lines.stream().mapToInt(line -> DotFont.width(line)).max().orElse(0);
        BufferedImage picture = blank(Math.max(1, width), Math.max(1, lines.size() * LINE));
        for (int i = 0; i < lines.size(); i++) {
            DotFont.draw(picture, DotFont.drawable(lines.get(i)), 0, i * LINE, TEXT_RGB);
        }
        return zoomed(picture, zoom);
    }

    /**
     * A bar for each count, with its number and its value under it.
     *
     * @param counts each at least 0
     * @param expected of each, marked by a line across its bar
     */
    public static BufferedImage bars(int[] counts, double[] expected) {
        double top = Math.max(1, Math.max(Arrays.stream(counts).max().orElse(0), Arrays.stream(expected).max().orElse(0)));
        BufferedImage picture = blank(counts.length * (BAR + GAP) - GAP, TALLEST + GAP + 2 * LINE);
        for (int i = 0; i < counts.length; i++) {
            int left = i * (BAR + GAP);
            int height = (int) Math.round(TALLEST * counts[i] / top);
            rectangle(picture, left, TALLEST - height, BAR, height, BAR_RGB);
            int mark = (int) Math.round(TALLEST * expected[i] / top);
            rectangle(picture, left, Math.clamp(TALLEST - mark, 0, TALLEST - 2), BAR, 2, MARK_RGB);
            centred(picture, String.valueOf(i), left, TALLEST + GAP);
            centred(picture, String.valueOf(counts[i]), left, TALLEST + GAP + LINE);
        }
        return picture;
    }

    private static void centred(BufferedImage picture, String text, int left, int top) {
        if (DotFont.width(text) <= BAR + GAP) {
            DotFont.draw(picture, text, Math.max(0, left + (BAR - DotFont.width(text)) / 2), top, TEXT_RGB);
        }
    }

    /** Each pixel as a square of side {@code zoom}. */
    public static BufferedImage zoomed(BufferedImage picture, int zoom) {
        BufferedImage large = blank(picture.getWidth() * zoom, picture.getHeight() * zoom);
        for (int y = 0; y < large.getHeight(); y++) {
            for (int x = 0; x < large.getWidth(); x++) {
                large.setRGB(x, y, picture.getRGB(x / zoom, y / zoom));
            }
        }
        return large;
    }

    /** One under the other, with a margin around each. */
    public static BufferedImage below(BufferedImage... parts) {
        BufferedImage page = blank(2 * MARGIN + Arrays.stream(parts).mapToInt(BufferedImage::getWidth).max().orElse(0),
                MARGIN + Arrays.stream(parts).mapToInt(part -> part.getHeight() + MARGIN).sum());
        int top = MARGIN;
        for (BufferedImage part : parts) {
            page.getRaster().setRect(MARGIN, top, part.getData());
            top += part.getHeight() + MARGIN;
        }
        return page;
    }

    /** One beside the other, with a margin around each. */
    public static BufferedImage beside(BufferedImage... parts) {
        BufferedImage page = blank(MARGIN + Arrays.stream(parts).mapToInt(part -> part.getWidth() + MARGIN).sum(),
                2 * MARGIN + Arrays.stream(parts).mapToInt(BufferedImage::getHeight).max().orElse(0));
        int left = MARGIN;
        for (BufferedImage part : parts) {
            page.getRaster().setRect(left, MARGIN, part.getData());
            left += part.getWidth() + MARGIN;
        }
        return page;
    }

    private static BufferedImage blank(int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        ImageGrid.fill(picture, ImageGrid.PADDING_RGB);
        return picture;
    }

    private static void rectangle(BufferedImage picture, int left, int top, int width, int height, int rgb) {
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < left + width; x++) {
                picture.setRGB(x, y, rgb);
            }
        }
    }
}
