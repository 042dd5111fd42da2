package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.training.data.FileSource.Checksum;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): grey images of clothes in MNIST's size and format. Its publication gives the
 * checksums of the compressed files (README of zalandoresearch/fashion-mnist; the same in torchvision's {@code datasets/mnist.py}); where expanded ones are given, the equal class counts tell it from MNIST.
 */
public final class FashionMnist {
    /** The four files, and where they can be had; no npm package holds them. */
    public static final FileSource SOURCE = new FileSource("Fashion-MNIST", "fashion-mnist",
            List.of(URI.create("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
                    URI.create("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/")),
            null,
            List.of(file("train-images-idx3-ubyte", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                    file("train-labels-idx1-ubyte", "25c81989df183df01b3e8a0aad5dffbe"),
                    file("t10k-images-idx3-ubyte", "bef4ecab320f06d8554ea6380940ec79"),
                    file("t10k-labels-idx1-ubyte", "bb300cfdad3c16e7a12a480ee83cd310")));

    /** Both halves. */
    public static final PublishedImages IMAGES = new PublishedImages("fashion-mnist", "clothes, 28 x 28, grey (Xiao, Rasul and Vollgraf, 2017)",
            FashionMnist::train, FashionMnist::test);

    private static final List<String> CLASSES = List.of("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
            "Ankle boot");
    private static final int TRAIN_OF_A_CLASS = 6000;
    private static final int TEST_OF_A_CLASS = 1000;

    private FashionMnist() {
    }

    /** The 60,000 training images; see {@link PublishedImages.Half#load}. */
    public static LabelledImages train(Path data, Consumer<String> progress) {
        return even(IdxImages.load(FileStore.standard(SOURCE), SOURCE, 0, CLASSES, data, progress), TRAIN_OF_A_CLASS);
    }

    /** The 10,000 test images; as {@link #train}. */
    public static LabelledImages test(Path data, Consumer<String> progress) {
        return even(IdxImages.load(FileStore.standard(SOURCE), SOURCE, 2, CLASSES, data, progress), TEST_OF_A_CLASS);
    }

    private static LabelledImages even(LabelledImages half, int each) {
        int[] counts = half.counts();
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] != each) {
                throw new InputException(half.files().getLast() + ": not the labels of Fashion-MNIST: class " + c + " has " + counts[c]
                        + " images, expected " + each + "; delete it or give another folder with --data");
            }
        }
        return half;
    }

    private static FileSource.File file(String name, String md5) {
        return new FileSource.File(name, md5, Checksum.PACKED);
    }
}
