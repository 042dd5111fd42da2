package dev.langevin.tests.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.training.image.Raster;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Scaling down by area means (row D-FOLDER): known means, exact crops, whole means kept. */
class RasterTest {
    @Test
    void meansOfWholeAreas() {
        Raster two = new Raster(new byte[] {0, 10, 100, (byte) 200, 20, 30, (byte) 250, (byte) 250}, 2, 4, 1);
        assertArrayEquals(new byte[] {15, (byte) 200}, two.cover(1, 2).pixels());
        // Two colours, each by itself.
        Raster colours = new Raster(new byte[] {0, 100, 7, 50, 110, 7, 1, 120, 7, 53, 70, 7}, 2, 2, 3);
        assertArrayEquals(new byte[] {26, 100, 7}, colours.cover(1, 1).pixels());
    }

    /** From 3 columns to 2 each pixel covers one and a half: (2 a + b) / 3 and (b + 2 c) / 3; rows that are one too many are cut below. */
    @Test
    void meansOfSharedPixels() {
        Raster three = new Raster(new byte[] {30, 60, 120, 30, 60, 120, 30, 60, 120}, 3, 3, 1);
        assertArrayEquals(new byte[] {40, 100, 40, 100}, three.cover(2, 2).pixels());
        Raster tall = new Raster(new byte[] {9, 9, 9, 30, 60, 120, 30, 60, 120, 30, 60, 120, 9, 9, 9}, 5, 3, 1);
        assertArrayEquals(new byte[] {40, 100, 40, 100}, tall.cover(2, 2).pixels());
    }

    @Test
    void whatIsNotScaledKeepsItsBytes() {
        byte[] pixels = new byte[5 * 8];
        new Random(1).nextBytes(pixels);
        Raster raster = new Raster(pixels, 5, 8, 1);
        assertArrayEquals(pixels, raster.cover(5, 8).pixels());
        Raster square = raster.cover(5, 5);
        for (int i = 0; i < 25; i++) {
            assertEquals(pixels[i / 5 * 8 + 1 + i % 5], square.pixels()[i]);
        }
        assertThrows(IllegalArgumentException.class, () -> raster.cover(6, 5));
    }

    /** Each pixel of the part that is kept weighs the same, so the mean over all stays, but for rounding. */
    @Test
    void theMeanStays() {
        byte[] pixels = new byte[37 * 37];
        new Random(2).nextBytes(pixels);
        Raster raster = new Raster(pixels, 37, 37, 1);
        for (int size : new int[] {1, 2, 7, 16, 31, 36}) {
            assertEquals(mean(pixels), mean(raster.cover(size, size).pixels()), size < 3 ? 0.5 : 0.15);
        }
    }

    private static double mean(byte[] pixels) {
        double sum = 0;
        for (byte p : pixels) {
            sum += p & 0xff;
        }
        return sum / pixels.length;
    }
}
