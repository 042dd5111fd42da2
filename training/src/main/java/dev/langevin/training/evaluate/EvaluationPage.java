package dev.langevin.training.evaluate;

import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Page;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An evaluation to look at: the table, samples as they came, the judge's classes as bars, and samples beside the training images
 * that are nearest to them.
 */
public final class EvaluationPage {
    /** Samples that are shown. */
    public static final int SHOWN = 100;
    /** Samples that are shown beside their nearest training images. */
    public static final int COMPARED = 20;
    private static final int COLUMNS = 10;
    private static final int WIDE_PIXELS = 64;

    private EvaluationPage() {
    }

    /**
     * Which of n samples are shown: the first, or the first of each class where they come in the order of classes, classes by row.
     *
     * @param classes K where classes were asked for, in equal shares, else 0
     */
    public static int[] shown(int n, int classes) {
        int count = Math.min(n, SHOWN);
        if (classes == 0 || count < classes) {
            return IntStream.range(0, count).toArray();
        }
        int each = count / classes;
        return IntStream.range(0, each * classes).map(i -> (int) (((long) (i / each) * n + classes - 1) / classes) + i % each).toArray();
    }

    /** Which of those that are shown are compared with training images: as many of each part of the grid. */
    public static int[] compared(int[] shown) {
        int count = Math.min(shown.length, COMPARED);
        return IntStream.range(0, count).map(i -> shown[(int) ((long) i * shown.length / count)]).toArray();
    }

    /**
     * @param title lines above the table
     * @param sampled the row of the samples
     * @param expected how many images of each class were asked for, else expected by the training set's shares
     * @param shown samples, see {@link #shown}
     * @param compared some of them
     * @param nearest the training images nearest to those, in their order
     */
    public static BufferedImage of(List<String> title, EvaluationTable table, Row sampled, double[] expected, ByteImages shown, ByteImages compared, ByteImages nearest) {
        List<String> text = new ArrayList<>(title);
        text.add("");
        text.addAll(Arrays.asList(table.text().split("\n")));
        text.add("");
        text.addAll(table.notes());
        int zoom = shown.width() < WIDE_PIXELS ? 2 : 1;
        BufferedImage samples = Page.below(Page.text(List.of("samples, unretouched"), 2), grid(shown, zoom));
        BufferedImage classes = Page.below(Page.text(List.of("classes by the judge, line: expected"), 2), Page.bars(sampled.classes().counts(), expected));
        BufferedImage neighbours = Page.below(Page.text(List.of("samples, and under each the nearest of all training images"), 2), grid(pairs(compared, nearest), zoom));
        return Page.below(Page.text(text, 2), Page.beside(samples, Page.below(classes, neighbours)));
    }

    private static BufferedImage grid(ByteImages images, int zoom) {
        return Page.zoomed(ImageGrid.of(images.floats(), images.count(), images.height(), images.width(), images.channels(), COLUMNS), zoom);
    }

    /** Rows of samples and rows of their neighbours in turn; the last of each may be shorter, and is then filled up with grey. */
    private static ByteImages pairs(ByteImages samples, ByteImages nearest) {
        int rows = (samples.count() + COLUMNS - 1) / COLUMNS;
        byte[] pixels = new byte[2 * rows * COLUMNS * samples.size()];
        Arrays.fill(pixels, (byte) 0x40);
        for (int row = 0; row < rows; row++) {
            int from = row * COLUMNS * samples.size();
            int length = Math.min(COLUMNS * samples.size(), samples.pixels().length - from);
            System.arraycopy(samples.pixels(), from, pixels, 2 * from, length);
            System.arraycopy(nearest.pixels(), from, pixels, 2 * from + COLUMNS * samples.size(), length);
        }
        return new ByteImages(pixels, samples.height(), samples.width(), samples.channels());
    }
}
