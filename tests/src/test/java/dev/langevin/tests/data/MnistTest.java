package dev.langevin.tests.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langevin.training.data.FileStore;
import dev.langevin.training.data.LabelledImages;
import dev.langevin.training.data.Mnist;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The real MNIST (row D-MNIST), where it lies in the cache: a test never fetches it. */
class MnistTest {
    private static final Consumer<String> NO_FETCH = line -> {
        throw new AssertionError(line);
    };

    @Test
    void hasThePublishedClassCounts() {
        var cache = FileStore.cacheFolder(System.getenv()).resolve(Mnist.SOURCE.folder());
        for (var file : Mnist.SOURCE.files()) {
            assumeTrue(Files.exists(cache.resolve(file.name())), "MNIST is not in the cache folder " + cache);
        }
        LabelledImages train = Mnist.train(null, NO_FETCH);
        assertEquals(60_000, train.count());
        assertArrayEquals(new int[] {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, train.counts());
        LabelledImages test = Mnist.test(null, NO_FETCH);
        assertEquals(10_000, test.count());
        assertArrayEquals(new int[] {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, test.counts());
        assertArrayEquals(new int[] {28, 28, 1}, test.dataset().exampleShape());
        assertEquals(10_000, test.dataset().size());
    }
}
