package dev.langevin.tests.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.sampling.metrics.Gaussian;
import dev.langevin.training.data.Pixels;
import dev.langevin.training.evaluate.Baselines;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row Q-EVAL: the sets of images that a table is read by are what they are called; samples are rounded as a PNG's are. */
class BaselinesTest {
    private static final int D = 6;
    private static final double LEVEL = 2 / 255.0;

    private final CpuBackend backend = new CpuBackend();
    private final Scope scope = Scope.open(backend);

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    /** Mean 0, neighbours correlated by 2/3, none near the ends of the range; (n, 1, 6, 1). */
    private static ByteImages correlated(int n, double shift) {
        float[] x = new float[n * D];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < D; k++) {
                double z = 0;
                for (int m = 0; m < 3; m++) {
                    z += Philox.normal(7, 902, i, 0, k + m) / 3;
                }
                x[i * D + k] = (float) (0.2 * z + shift);
            }
        }
        return ByteImages.quantised(x, 1, D, 1);
    }

    /** Standard errors of a mean and of a covariance of n normal numbers: sqrt(C_ii / n), sqrt((C_ii C_jj + C_ij^2) / n); rounding adds 1/12 of a squared level. */
    @Test
    void theGaussianHasTheMomentsOfThePixels() {
        int n = 20_000;
        ByteImages fitted = correlated(500, 0.1);
        Gaussian expected = Gaussian.fit(fitted.features());
        Gaussian drawn = Gaussian.fit(Baselines.gaussian(fitted, n, 3).features());
        for (int i = 0; i < D; i++) {
            assertEquals(expected.mean()[i], drawn.mean()[i], 4 * Math.sqrt(expected.covariance()[i][i] / n));
            for (int j = 0; j < D; j++) {
                double c = expected.covariance()[i][j];
                double rounding = i == j ? LEVEL * LEVEL / 12 : 0;
                assertEquals(c + rounding, drawn.covariance()[i][j], 4 * Math.sqrt((expected.covariance()[i][i] * expected.covariance()[j][j] + c * c) / n));
            }
        }
        assertEquals(0.36, expected.covariance()[0][1] / expected.covariance()[0][0], 0.4, "there is a covariance to be had");
    }

    /** Two groups far apart: a third of the images are drawn from the first, with its mean and variance, and none from between. */
    @Test
    void theMixtureKeepsItsClusters() {
        ByteImages low = correlated(400, -0.6);
        ByteImages high = correlated(800, 0.6);
        byte[] both = Arrays.copyOf(low.pixels(), low.pixels().length + high.pixels().length);
        System.arraycopy(high.pixels(), 0, both, low.pixels().length, high.pixels().length);
        int n = 6000;
        ByteImages drawn = Baselines.mixture(new ByteImages(both, 1, D, 1), n, 4);
        assertEquals(n, drawn.count());
        int lower = 0;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double mean = 0;
            for (int k = 0; k < D; k++) {
                mean += Pixels.toFloat(drawn.pixels()[i * D + k]) / D;
            }
            assertTrue(Math.abs(Math.abs(mean) - 0.6) < 0.5, "between the groups");
            lower += mean < 0 ? 1 : 0;
            sum += mean < 0 ? mean : 0;
        }
        assertEquals(n / 3.0, lower, 4 * Math.sqrt(n * 2 / 9.0));
        assertEquals(-0.6, sum / lower, 0.02);
        // One normal distribution would have many there.
        ByteImages one = Baselines.gaussian(new ByteImages(both, 1, D, 1), n, 4);
        int between = 0;
        for (int i = 0; i < n; i++) {
            between += Math.abs(Pixels.toFloat(one.pixels()[i * D])) < 0.3 ? 1 : 0;
        }
        assertTrue(between > n / 5, "between " + between);
    }

    @Test
    void noiseAndBlur() {
        ByteImages grey = ByteImages.quantised(new float[400 * 36], 6, 6, 1);
        assertArrayEquals(grey.pixels(), Baselines.blurred(grey, 1).pixels());
        ByteImages noisy = Baselines.noisy(grey, 0.2, 5);
        double squares = 0;
        for (byte pixel : noisy.pixels()) {
            double gap = Pixels.toFloat(pixel) - Pixels.toFloat(grey.pixels()[0]);
            squares += gap * gap / noisy.pixels().length;
        }
        double variance = 0.04 + LEVEL * LEVEL / 3; // rounding, and grey itself half a level off 0
        assertEquals(variance, squares, 4 * 0.04 * Math.sqrt(2.0 / noisy.pixels().length));
        float[] spot = new float[36];
        Arrays.fill(spot, -1);
        spot[14] = 1;
        ByteImages blurred = Baselines.blurred(ByteImages.quantised(spot, 6, 6, 1), 1);
        assertTrue((blurred.pixels()[14] & 0xff) < 60 && (blurred.pixels()[15] & 0xff) > 15, "spread to its neighbours");
        assertEquals(255, sum(blurred), 18, "each pixel rounded by half a level at most");
    }

    private static int sum(ByteImages images) {
        int sum = 0;
        for (byte pixel : images.pixels()) {
            sum += pixel & 0xff;
        }
        return sum;
    }

    @Test
    void functionsOfTheSeed() {
        ByteImages images = correlated(300, 0);
        assertArrayEquals(Baselines.mixture(images, 50, 1).pixels(), Baselines.mixture(images, 50, 1).pixels());
        assertArrayEquals(Baselines.noisy(images, 0.1, 1).pixels(), Baselines.noisy(images, 0.1, 1).pixels());
        assertNotEquals(sum(Baselines.gaussian(images, 50, 1)), sum(Baselines.gaussian(images, 50, 2)));
        assertNotEquals(sum(Baselines.noisy(images, 0.1, 1)), sum(Baselines.noisy(images, 0.1, 2)));
    }

    /** Out of range, between levels, at their borders: the bytes that a PNG of the samples has. */
    @Test
    void bytesAreThoseOfThePng(@TempDir Path folder) {
        float[] x = new float[64];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (2.4 * Philox.uniform(3, 903, 0, 0, i) - 1.2);
        }
        ByteImages images = ByteImages.quantised(x, 8, 8, 1);
        Png.write(folder.resolve("image.png"), ImageGrid.single(x, 8, 8, 1));
        float[] read = Png.read(folder.resolve("image.png"), 8, 8, 1);
        for (int i = 0; i < x.length; i++) {
            assertEquals(Pixels.toByte(read[i]), images.pixels()[i] & 0xff);
        }
        assertArrayEquals(images.pixels(), ByteImages.quantised(images.floats(), 8, 8, 1).pixels());
        x[40] = Float.NaN;
        assertTrue(assertThrows(InputException.class, () -> ByteImages.quantised(x, 8, 8, 1)).getMessage().startsWith("image 0 has a number that is NaN"));
        assertEquals("7 bytes are no whole number of images of 1 x 6 x 1", assertThrows(InputException.class, () -> new ByteImages(new byte[7], 1, 6, 1)).getMessage());
    }
}
