package dev.langevin.tests.image;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.data.Pixels;
import dev.langevin.training.image.GuidancePlot;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.ImageTable;
import dev.langevin.training.image.LossPlot;
import dev.langevin.training.image.Png;
import dev.langevin.training.image.ScatterPlot;
import dev.langevin.training.image.Strip;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures (rows P-IMG, V-GRID, V-PROC, V-LOSS): pixel values exact after the way through a PNG file. */
class PicturesTest {
    private static final int PADDING = 0xff404040;

    @TempDir
    Path folder;

    @Test
    void everyGreyOfAGridIsExactInTheFile() throws IOException {
        float[] images = new float[4 * 8 * 8]; // 256 greys in four images of 8 x 8, of which three fit in a row
        for (int i = 0; i < images.length; i++) {
            images[i] = Pixels.toFloat((byte) i);
        }
        Path file = folder.resolve("grid.png");
        Png.write(file, ImageGrid.of(images, 4, 8, 8, 1, 3));
        BufferedImage read = ImageIO.read(file.toFile());
        assertEquals(2 + 3 * 10, read.getWidth());
        assertEquals(2 + 2 * 10, read.getHeight());
        int painted = 0;
        for (int y = 0; y < read.getHeight(); y++) {
            for (int x = 0; x < read.getWidth(); x++) {
                int image = x / 10 + 3 * (y / 10);
                boolean inside = x % 10 >= 2 && y % 10 >= 2 && image < 4;
                int grey = inside ? 64 * image + 8 * (y % 10 - 2) + x % 10 - 2 : 0;
                assertEquals(inside ? 0xff000000 | grey * 0x10101 : PADDING, read.getRGB(x, y), x + ", " + y);
                painted += inside ? 1 : 0;
            }
        }
        assertEquals(256, painted);
    }

    /** Every cell where its row and column cross, in its own shade, an empty one left grey, names beside and above. */
    @Test
    void aTableHasItsCellsInPlace() {
        float[][][] cells = {{shade(0), null}, {shade(0.5f), shade(1)}};
        BufferedImage table = ImageTable.of(List.of("em", "ddim+langevin"), List.of("5", "1000"), cells, 3, 4, 4, 1);
        int side = 2 * (4 + 2) + 6;
        int across = 23 + 6; // its longest name is wider than its images
        int left = 12 + 6 * 13 - 1;
        int top = 12 + 7;
        assertEquals(left + 2 * across, table.getWidth());
        assertEquals(top + 2 * side, table.getHeight());
        int[][] first = {{0x808080, 0x404040}, {0xbfbfbf, 0xffffff}};
        for (int row = 0; row < 2; row++) {
            for (int column = 0; column < 2; column++) {
                int x = left + column * across;
                int y = top + row * side;
                assertEquals(first[row][column], table.getRGB(x, y) & 0xffffff, "its first image");
                assertEquals(first[row][column], table.getRGB(x + 6 + 3, y + 3) & 0xffffff, "its second image");
                assertEquals(first[row][column], table.getRGB(x + 3, y + 6 + 3) & 0xffffff, "its third image");
                assertEquals(0x404040, table.getRGB(x + 6, y + 6) & 0xffffff, "it has no fourth");
            }
        }
        long written = IntStream.range(0, left * table.getHeight())
                .filter(i -> (table.getRGB(i % left, i / left) & 0xffffff) == 0xe0e0e0).count();
        assertTrue(written > 100, written + " dots of names");
    }

    /** A name is what a user gave, such as a small weight: it must not end hours of work. */
    @Test
    void aTableTakesAnyName() {
        BufferedImage table = ImageTable.of(List.of("Constant 1.0E-5 \u03c3"), List.of("\u00e9"), new float[][][] {{shade(0)}}, 3, 4, 4, 1);
        assertEquals(12 + 6 * 17 - 1 + 2 * (4 + 2) + 6, table.getWidth());
    }

    private static float[] shade(float value) {
        float[] cell = new float[3 * 4 * 4];
        Arrays.fill(cell, value);
        return cell;
    }

    @Test
    void coloursAreRedGreenBlueAndClamped() {
        BufferedImage grid = ImageGrid.of(new float[] {-1, 0, 1, 5, -5, Float.NaN}, 2, 1, 1, 3, 2);
        assertEquals(0xff0080ff, grid.getRGB(2, 2));
        assertEquals(0xffff0000, grid.getRGB(5, 2));
        assertEquals(List.of(1, 1, 2, 2, 3, 8, 9), IntStream.of(0, 1, 2, 4, 5, 64, 65)
                .map(ImageGrid::squareColumns).boxed().toList());
        assertThrows(IllegalArgumentException.class, () -> ImageGrid.of(new float[2], 1, 1, 1, 2, 1));
        assertThrows(IllegalArgumentException.class, () -> ImageGrid.of(new float[5], 1, 2, 2, 1, 1));
    }

    @Test
    void aStripShowsEachTimeAboveItsColumn() {
        float[] black = new float[2 * 28 * 28];
        Arrays.fill(black, -1);
        float[] white = new float[2 * 28 * 28];
        Arrays.fill(white, 1);
        BufferedImage strip = Strip.of(List.of(black, white), new double[] {1, 1}, 2, 28, 28, 1);
        // Cells of 2 x 28 pixels, a label line of 7 dots and 2 on each side of it.
        assertEquals(2 + 2 * 58, strip.getWidth());
        assertEquals(2 + 7 + 2 + 2 * 58, strip.getHeight());
        assertEquals(0xff000000, strip.getRGB(2, 11));
        assertEquals(0xff000000, strip.getRGB(57, 66));
        assertEquals(PADDING, strip.getRGB(58, 11));
        assertEquals(0xffffffff, strip.getRGB(60, 11));
        assertEquals(0xffffffff, strip.getRGB(115, 124));
        assertEquals(PADDING, strip.getRGB(60, 67));
        // "t=1": 17 pixels wide, so it begins 19 pixels into the column of 56.
        assertArrayEquals(new String[] {
            ".#............#..",
            ".#...........##..",
            "###...#####...#..",
            ".#............#..",
            ".#....#####...#..",
            ".#..#.........#..",
            "..##.........###."}, dots(strip, 2 + 19, 2));
        assertArrayEquals(dots(strip, 2 + 19, 2), dots(strip, 60 + 19, 2));
    }

    @Test
    void labelsOfAllTimesCanBeDrawn() {
        double[] times = {1, 0.25, 1e-3, 0, 0.9999, 80, -0.5, 123.456};
        List<float[]> snapshots = Arrays.stream(times).mapToObj(t -> new float[28 * 28]).toList();
        Strip.of(snapshots, times, 1, 28, 28, 1);
        assertThrows(IllegalArgumentException.class, () -> Strip.of(snapshots, new double[2], 1, 28, 28, 1));
    }

    @Test
    void aLossCurveFallsFromLeftToRight() throws IOException {
        double[] steps = IntStream.range(0, 500).asDoubleStream().toArray();
        double[] losses = Arrays.stream(steps).map(s -> Math.exp(-s / 50)).toArray();
        losses[3] = Double.NaN;
        losses[4] = -1;
        Path file = folder.resolve("loss.png");
        Png.write(file, LossPlot.of(steps, losses));
        BufferedImage plot = ImageIO.read(new File(file.toString()));
        int[] heights = IntStream.range(0, 680).map(x -> curve(plot, x)).filter(y -> y >= 0).toArray();
        assertTrue(heights.length > 300, "the curve covers " + heights.length + " columns");
        assertTrue(heights[heights.length - 1] - heights[0] > 300, "from " + heights[0] + " down to "
                + heights[heights.length - 1]);
        LossPlot.of(new double[0], new double[0]);
        LossPlot.of(new double[] {1}, new double[] {0.5});
    }

    @Test
    void aGuidancePlotHasItsCurvesInBothPanels() {
        BufferedImage plot = GuidancePlot.of("mfd-2k", List.of(new GuidancePlot.Curve("constant", new double[] {1, 10}, new double[] {50, 90}, new double[] {9, 30}),
                new GuidancePlot.Curve("falling", new double[] {1, 10}, new double[] {40, 95}, new double[] {8, 300})));
        for (int colour : new int[] {0x1F77B4, 0xFF7F0E}) {
            find(plot.getSubimage(0, 0, plot.getWidth() / 2, plot.getHeight()), colour);
            find(plot.getSubimage(plot.getWidth() / 2, 0, plot.getWidth() / 2, plot.getHeight()), colour);
        }
        GuidancePlot.of("mfd-2k", List.of(new GuidancePlot.Curve("one", new double[] {1}, new double[] {0}, new double[] {9})));
    }

    @Test
    void aScatterPlotShowsDataAndModel() {
        float[] corner = {0.5f, 0.5f, 99, 99};
        BufferedImage plot = ScatterPlot.of(corner, new float[] {-0.5f, -0.5f}, 1);
        int[] blue = find(plot, 0x1F77B4);
        int[] orange = find(plot, 0xFF7F0E);
        assertTrue(blue[0] > 240 && blue[0] < 480 && blue[1] < 240, "data at " + Arrays.toString(blue));
        assertTrue(orange[0] > 480 && orange[0] < 720 && orange[1] > 240, "model at " + Arrays.toString(orange));
        ScatterPlot.of(new float[0], new float[0], 1);
    }

    @Test
    void anUnwritablePlaceIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "").resolve("grid.png");
        refused(file, "cannot be written", f -> Png.write(f, new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)));
    }

    /** The highest orange dot of a column, or -1. */
    private static int curve(BufferedImage plot, int x) {
        for (int y = 0; y < plot.getHeight(); y++) {
            if ((plot.getRGB(x, y) & 0xffffff) == 0xFF7F0E) {
                return y;
            }
        }
        return -1;
    }

    private static int[] find(BufferedImage plot, int rgb) {
        for (int y = 0; y < plot.getHeight(); y++) {
            for (int x = 0; x < plot.getWidth(); x++) {
                if ((plot.getRGB(x, y) & 0xffffff) == rgb) {
                    return new int[] {x, y};
                }
            }
        }
        throw new AssertionError("no pixel of colour " + Integer.toHexString(rgb));
    }

    /** Seventeen by seven pixels as dots, the label's colour as #. */
    private static String[] dots(BufferedImage picture, int left, int top) {
        String[] rows = new String[7];
        for (int y = 0; y < rows.length; y++) {
            StringBuilder row = new StringBuilder();
            for (int x = 0; x < 17; x++) {
                row.append(picture.getRGB(left + x, top + y) == PADDING ? '.' : '#');
            }
            rows[y] = row.toString();
        }
        return rows;
    }
}
