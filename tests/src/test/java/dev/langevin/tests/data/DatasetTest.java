package dev.langevin.tests.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.data.Batches;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.data.Pixels;
import dev.langevin.training.data.PointDataset;
import dev.langevin.training.data.Shuffle;
import dev.langevin.training.data.ToySets;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Examples and their order (rows D-MNIST, R-CKPT): bytes survive exactly, batches are a function of the step. */
class DatasetTest {
    @Test
    void bytesToFloatsAndBackAreTheIdentity() {
        byte[] pixels = new byte[2 * 8 * 16];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) i;
        }
        ImageDataset images = new ImageDataset(pixels, 2, 8, 8, 2);
        float[] floats = new float[3 + 128];
        images.copy(1, floats, 3);
        for (int i = 0; i < 128; i++) {
            assertEquals(128 + i, Pixels.toByte(floats[3 + i]));
        }
        images.copy(0, floats, 0);
        assertEquals(-1f, floats[0]);
        assertEquals(1f, Pixels.toFloat((byte) 255));
        assertEquals(255, Pixels.toByte(7f));
        assertEquals(0, Pixels.toByte(Float.NEGATIVE_INFINITY));
        assertEquals(0, Pixels.toByte(Float.NaN));
        assertThrows(IllegalArgumentException.class, () -> new ImageDataset(pixels, 3, 8, 8, 2));
    }

    @Test
    void everyEpochIsAPermutationOfItsOwn() {
        int size = 101;
        Shuffle shuffle = new Shuffle(size, 5);
        int[][] epochs = new int[4][];
        for (int epoch = 0; epoch < epochs.length; epoch++) {
            long start = (long) epoch * size;
            epochs[epoch] = LongStream.range(start, start + size).mapToInt(shuffle::index).toArray();
            assertArrayEquals(IntStream.range(0, size).toArray(), Arrays.stream(epochs[epoch]).sorted().toArray());
        }
        assertFalse(Arrays.equals(epochs[0], epochs[1]));
        int[] otherSeed = LongStream.range(0, size).mapToInt(new Shuffle(size, 6)::index).toArray();
        assertFalse(Arrays.equals(epochs[0], otherSeed));
        int[] again = LongStream.range(2 * size, 3 * size).mapToInt(new Shuffle(size, 5)::index).toArray();
        assertArrayEquals(epochs[2], again, "an epoch does not depend on those before it");
    }

    /** Each of 6 orders of 3 examples has probability 1/6: 6000 epochs, chi-squared with 5 degrees below 20.5 (0.1 %). */
    @Test
    void allOrdersAreEquallyLikely() {
        int epochs = 6000;
        int[] counts = new int[27];
        Shuffle shuffle = new Shuffle(3, 1);
        for (long e = 0; e < epochs; e++) {
            counts[9 * shuffle.index(3 * e) + 3 * shuffle.index(3 * e + 1) + shuffle.index(3 * e + 2)]++;
        }
        double expected = epochs / 6.0;
        double chiSquared = Arrays.stream(counts).filter(c -> c > 0)
                .mapToDouble(c -> (c - expected) * (c - expected) / expected).sum();
        assertEquals(6, Arrays.stream(counts).filter(c -> c > 0).count());
        assertTrue(chiSquared < 20.5, "chi-squared " + chiSquared);
    }

    @Test
    void aBatchIsAFunctionOfTheStepAcrossEpochs() {
        Dataset points = new PointDataset(ToySets.named("two-moons"), 10, 3);
        Batches straight = new Batches(points, 4, 9);
        assertArrayEquals(new int[] {4, 2}, straight.shape());
        float[][] steps = new float[8][8];
        for (int step = 0; step < steps.length; step++) {
            straight.copy(step, steps[step]);
        }
        for (int step = steps.length - 1; step >= 0; step--) {
            float[] resumed = new float[8];
            new Batches(points, 4, 9).copy(step, resumed);
            assertArrayEquals(steps[step], resumed, 0);
        }
        // Ten examples in the first two and a half batches: each exactly once.
        float[] all = new float[24];
        IntStream.range(0, 3).forEach(s -> System.arraycopy(steps[s], 0, all, 8 * s, 8));
        double[] seen = IntStream.range(0, 10).mapToDouble(i -> all[2 * i]).sorted().toArray();
        float[] one = new float[2];
        double[] wanted = IntStream.range(0, 10).mapToDouble(i -> {
            points.copy(i, one, 0);
            return one[0];
        }).sorted().toArray();
        assertArrayEquals(wanted, seen, 0);
    }

    /**
     * Half of all images come flipped, left for right with their colours in order; which, depends on seed, example and step alone,
     * so a resumed run sees the same ones. 4000 fair coins: within 4 standard errors, 0.5 +- 0.0316.
     */
    @Test
    void flipsAreAFunctionOfSeedExampleAndStep() {
        int size = 40;
        byte[] pixels = new byte[size * 2 * 3 * 2];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) i;
        }
        Dataset images = new ImageDataset(pixels, size, 2, 3, 2);
        int length = images.exampleSize();
        Batches plain = new Batches(images, size, 9);
        Batches flipping = new Batches(images, size, 9, true, 0);
        float[] straight = new float[size * length];
        float[] flipped = new float[size * length];
        int[] ofExample = new int[size]; // by the first byte, 12 times the example's number
        int steps = 100;
        for (int step = 0; step < steps; step++) {
            plain.copy(step, straight);
            flipping.copy(step, flipped);
            for (int i = 0; i < size; i++) {
                int at = i * length;
                boolean mirrored = straight[at] != flipped[at];
                for (int k = 0; mirrored && k < size; k++) {
                    ofExample[k] += (byte) Pixels.toByte(straight[at]) == pixels[k * length] ? 1 : 0;
                }
                for (int e = 0; e < length; e++) {
                    int row = e / 6;
                    int column = e / 2 % 3;
                    int from = mirrored ? row * 6 + (2 - column) * 2 + e % 2 : e;
                    assertEquals(straight[at + from], flipped[at + e]);
                }
            }
        }
        assertEquals(0.5, Arrays.stream(ofExample).sum() / 4000.0, 4 * 0.5 / Math.sqrt(4000));
        for (int flips : ofExample) {
            assertEquals(0.5, flips / 100.0, 4 * 0.5 / Math.sqrt(steps), "each example by itself");
        }
        float[] resumed = new float[size * length];
        new Batches(images, size, 9, true, 0).copy(steps - 1, resumed);
        assertArrayEquals(flipped, resumed, 0);
        assertThrows(IllegalArgumentException.class, () -> new Batches(new PointDataset(ToySets.named("two-moons"), 10, 3), 4, 9, true, 0));
    }

    /**
     * Each shift by up to s pixels comes as often as any other, by its seed, example and step alone; what was in the image and stays is
     * where it moved to, and what comes in is the edge. 8000 draws of 25 shifts: chi-square of 24 degrees, below 51.2 but for one in a thousand.
     */
    @Test
    void shiftsAreAFunctionOfSeedExampleAndStep() {
        int size = 80;
        byte[] pixels = new byte[size * 5 * 6 * 2];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i % 60 * 4); // all elements of an image differ
        }
        Dataset images = new ImageDataset(pixels, size, 5, 6, 2);
        Batches shifting = new Batches(images, size, 9, false, 2);
        float[] straight = new float[60];
        images.copy(0, straight, 0);
        float[] batch = new float[size * 60];
        int[] counts = new int[25];
        for (int step = 0; step < 100; step++) {
            shifting.copy(step, batch);
            for (int n = 0; n < size; n++) {
                float[] image = Arrays.copyOfRange(batch, n * 60, n * 60 + 60);
                int found = -1;
                for (int k = 0; k < 25; k++) {
                    float[] moved = new float[60];
                    for (int e = 0; e < 60; e++) {
                        int row = Math.clamp(e / 12 - (k / 5 - 2), 0, 4);
                        int column = Math.clamp(e / 2 % 6 - (k % 5 - 2), 0, 5);
                        moved[e] = straight[row * 12 + column * 2 + e % 2];
                    }
                    found = Arrays.equals(moved, image) ? k : found;
                }
                assertTrue(found >= 0, "a shift of its own");
                counts[found]++;
            }
        }
        assertTrue(Arrays.stream(counts).mapToDouble(c -> (c - 320) * (c - 320) / 320.0).sum() < 51.2, Arrays.toString(counts));
        float[] resumed = new float[size * 60];
        new Batches(images, size, 9, false, 2).copy(99, resumed);
        assertArrayEquals(batch, resumed, 0);
        new Batches(images, size, 10, false, 2).copy(99, resumed);
        assertFalse(Arrays.equals(batch, resumed), "another seed");
        assertThrows(IllegalArgumentException.class, () -> new Batches(images, size, 9, false, 5));
        assertThrows(IllegalArgumentException.class, () -> new Batches(new PointDataset(ToySets.named("two-moons"), 10, 3), 4, 9, false, 1));
    }
}
