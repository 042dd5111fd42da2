package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Data sets by the names that configurations use. */
public final class Datasets {
    /** The published sets of images. */
    public static final List<PublishedImages> IMAGES = List.of(Mnist.IMAGES, FashionMnist.IMAGES, Cifar10.IMAGES);

    /** Examples of a two-dimensional set. */
    private static final int POINTS = 50_000;
    /** Examples of one that are held out. */
    private static final int TEST_POINTS = 10_000;

    /** The name of the user's own images. */
    public static final String FOLDER = "folder";

    private Datasets() {
    }

    /**
     * Opens a data set's examples for training.
     *
     * @param name of {@link #IMAGES} or {@link ToySets}
     * @param folder where its files lie, or null to look in the cache folder and else fetch them
     * @param seed of the two-dimensional sets
     * @param progress hears what is being fetched
     */
    public static Dataset open(String name, Path folder, long seed, Consumer<String> progress) {
        return images(name).map(set -> (Dataset) set.train().load(folder, progress).dataset())
                .orElseGet(() -> new PointDataset(toySet(name), POINTS, seed));
    }

    /**
     * As {@link #open(String, Path, long, Consumer)}, or {@link #FOLDER}, whose images take the shape of a network's.
     *
     * @param shape of the examples that are wanted; sets that have a shape of their own keep it
     */
    public static Dataset open(String name, Path folder, int[] shape, long seed, Consumer<String> progress) {
        if (!name.equals(FOLDER)) {
            return open(name, folder, seed, progress);
        }
        return FolderDataset.read(listed(folder), shape, Runtime.getRuntime().maxMemory(), progress);
    }

    /** What lies in a folder of images. */
    public static ImageFolder listed(Path folder) {
        if (folder == null) {
            throw new InputException("data set folder: give the folder of the images with --data");
        }
        return ImageFolder.list(folder);
    }

    /** The examples of a data set that are held out of training; as {@link #open}. */
    public static Dataset openTest(String name, Path folder, long seed, Consumer<String> progress) {
        if (name.equals(FOLDER)) {
            throw new InputException("data set folder: none of its images are held out; give --split train");
        }
        return images(name).map(set -> (Dataset) set.test().load(folder, progress).dataset())
                .orElseGet(() -> new PointDataset(toySet(name), POINTS, TEST_POINTS, seed));
    }

    /** The published set of images of a name. */
    public static Optional<PublishedImages> images(String name) {
        return IMAGES.stream().filter(set -> set.name().equals(name)).findFirst();
    }

    /** The names there are. */
    public static List<String> names() {
        return Stream.of(IMAGES.stream().map(PublishedImages::name), Stream.of(FOLDER), ToySets.ALL.stream().map(ToySet::name)).flatMap(s -> s).toList();
    }

    private static ToySet toySet(String name) {
        if (ToySets.ALL.stream().noneMatch(set -> set.name().equals(name))) {
            throw new InputException("unknown data set '" + name + "': choose one of " + String.join(", ", names()));
        }
        return ToySets.named(name);
    }
}
