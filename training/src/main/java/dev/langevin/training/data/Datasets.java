package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Data sets by the names that configurations use. */
public final class Datasets {
    /** Examples of a two-dimensional set. */
    private static final int POINTS = 50_000;
    /** Examples of one that are held out. */
    private static final int TEST_POINTS = 10_000;

    private Datasets() {
    }

    /**
     * Opens a data set's examples for training.
     *
     * @param name {@code mnist}, or one of {@link ToySets}
     * @param folder where its files lie, or null to look in the cache folder and else fetch them
     * @param seed of the two-dimensional sets
     * @param progress hears what is being fetched
     */
    public static Dataset open(String name, Path folder, long seed, Consumer<String> progress) {
        return name.equals("mnist") ? Mnist.train(folder, progress).dataset() : new PointDataset(toySet(name), POINTS, seed);
    }

    /** The examples of a data set that are held out of training; as {@link #open}. */
    public static Dataset openTest(String name, Path folder, long seed, Consumer<String> progress) {
        return name.equals("mnist") ? Mnist.test(folder, progress).dataset() : new PointDataset(toySet(name), POINTS, TEST_POINTS, seed);
    }

    private static ToySet toySet(String name) {
        if (ToySets.ALL.stream().noneMatch(set -> set.name().equals(name))) {
            throw new InputException("unknown data set '" + name + "': choose one of mnist, "
                    + ToySets.ALL.stream().map(ToySet::name).collect(Collectors.joining(", ")));
        }
        return ToySets.named(name);
    }
}
