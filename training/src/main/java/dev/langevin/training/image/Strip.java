package dev.langevin.training.image;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Images on their way from noise to data: one column for each time, labelled with it, one row for each image. */
public final class Strip {
    /** Columns at least this wide hold a label such as t=0.001. */
    private static final int MIN_CELL = 56;
    private static final int LABEL_RGB = 0xE0E0E0;

    private Strip() {
    }

    /**
     * @param snapshots for each column the images at that time, (count, height, width, channels) in [-1, 1]
     * @param times t of each column
     * @param count images in each snapshot, that is rows
     */
    public static BufferedImage of(List<float[]> snapshots, double[] times, int count, int height, int width,
            int channels) {
        if (snapshots.isEmpty() || snapshots.size() != times.length) {
            throw new IllegalArgumentException(snapshots.size() + " snapshots at " + times.length + " times");
        }
        int zoom = Math.max(1, (MIN_CELL + width - 1) / width);
        int cellWidth = width * zoom + ImageGrid.PADDING;
        int cellHeight = height * zoom + ImageGrid.PADDING;
        int top = 2 * ImageGrid.PADDING + DotFont.HEIGHT;
        BufferedImage picture = new BufferedImage(ImageGrid.PADDING + times.length * cellWidth,
                top + count * cellHeight, BufferedImage.TYPE_INT_RGB);
        ImageGrid.fill(picture, ImageGrid.PADDING_RGB);
        for (int column = 0; column < times.length; column++) {
            float[] images = snapshots.get(column);
            ImageGrid.check(images, count, height, width, channels);
            int left = ImageGrid.PADDING + column * cellWidth;
            String label = label(times[column]);
            DotFont.draw(picture, label, left + (width * zoom - DotFont.width(label)) / 2, ImageGrid.PADDING,
                    LABEL_RGB);
            for (int row = 0; row < count; row++) {
                ImageGrid.paint(picture, left, top + row * cellHeight, zoom, images, row, height, width, channels);
            }
        }
        return picture;
    }

    /** t to three decimals without trailing zeros: t=1, t=0.25, t=0.001. */
    static String label(double t) {
        return "t=" + String.format(Locale.ROOT, "%.3f", t).replaceAll("\\.?0+$", "");
    }
}
