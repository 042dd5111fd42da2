package dev.langevin.training.evaluate;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.TrainingRun;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.FileStore;
import dev.langevin.training.run.Checkpoints;
import dev.langevin.training.run.RunFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * The classifiers of a data set that samples are measured by: one recipe with the seeds 1, 2 and 3 gives three extractors of features, with
 * seed 4 the judge, which never extracts: what it says is independent of the features that samples were compared in. Each is an ordinary run
 * below the cache folder; the first time it is asked for it is trained there, and goes on where it was when that was broken off.
 *
 * <p>Two processes that ask for the same one do not train it twice.
 */
public final class Classifiers {
    /** How many extractors there are. */
    public static final int EXTRACTORS = 3;
    private static final int JUDGE_SEED = 4;

    /**
     * A trained classifier, opened as a {@link TrainedRun} is, which {@link #close} closes. Those that are open together close in the order
     * opposite to their opening, as scopes do.
     *
     * @param run what was trained, with the averaged weights
     * @param folder where it lies
     */
    public record Trained(TrainedRun run, Path folder) implements AutoCloseable {
        /** To be asked in a scope of the backend on which it was opened. */
        public ImageClassifier classifier() {
            return new LeNetClassifier(run.imageClassifier());
        }

        /** What it was trained with: the extractor's number, or that of the judge. */
        public long seed() {
            return run.config().seed();
        }

        /** SHA-256 of the weights: figures that were measured with other weights do not compare. */
        public String sha256() {
            return run.sha256();
        }

        @Override
        public void close() {
            run.close();
        }
    }

    /** Hears that a classifier has to be trained. */
    @FunctionalInterface
    public interface Listener {
        /** Before one is trained: what it gives hears how that goes. */
        TrainingRun.Listener trains(Path run, TrainConfig config);

        /** After it was trained, or the training failed. */
        default void ends() {
        }
    }

    private final String name;
    private final TrainConfig recipe;
    private final Supplier<Dataset> data;
    private final Path cache;
    private final Backend backend;
    private final Listener listener;

    /**
     * @param name of the recipe, with which the runs' folders begin
     * @param recipe a configuration of network {@code lenet}, whose seed is not heeded
     * @param data the examples to train with, asked for when one has to be trained
     * @param cache folder of the runs' folders, made if it is not there
     */
    public Classifiers(String name, TrainConfig recipe, Supplier<Dataset> data, Path cache, Backend backend, Listener listener) {
        if (!recipe.isImageClassifier()) {
            throw new InputException(name + ": is no recipe of a classifier of clean images; its network must be \"lenet\"");
        }
        this.name = name;
        this.recipe = recipe;
        this.data = data;
        this.cache = cache;
        this.backend = backend;
        this.listener = listener;
    }

    /**
     * Those of the preset {@code classifier-DATA}, below the user's cache folder ({@link FileStore#cacheFolder}).
     *
     * @param data name of a data set
     * @param folder where its files lie, or null to look in the cache folder and else fetch them
     * @throws InputException when there is no such preset
     */
    public static Classifiers standard(String data, Path folder, Backend backend, Listener listener) {
        String preset = "classifier-" + data;
        if (!Presets.NAMES.contains(preset)) {
            throw new InputException("data set " + data + ": there is no classifier to measure samples of it by; there is one of "
                    + String.join(", ", Presets.NAMES.stream().filter(n -> n.startsWith("classifier-")).map(n -> n.substring("classifier-".length())).toList()));
        }
        TrainConfig recipe = Presets.named(preset);
        return new Classifiers(preset, recipe, () -> Datasets.open(data, folder, recipe.seed(), line -> { }),
                FileStore.cacheFolder(System.getenv()).resolve("classifiers"), backend, listener);
    }

    /** Dimension of the extractors' features. */
    public int features() {
        return recipe.lenet().features();
    }

    /**
     * Extractor {@code number}, trained now if it has not been.
     *
     * @param number its seed, from 1 to {@link #EXTRACTORS}
     * @throws InputException when the one in the cache was trained by another recipe, or its folder cannot be read or written
     */
    public Trained extractor(int number) {
        if (number < 1 || number > EXTRACTORS) {
            throw new InputException("extractor " + number + ": there are 1 to " + EXTRACTORS);
        }
        return trained(number);
    }

    /** The judge; as {@link #extractor(int)}. */
    public Trained judge() {
        return trained(JUDGE_SEED);
    }

    private Trained trained(int seed) {
        Path folder = cache.resolve(name + "-seed" + seed);
        if (!isTrained(folder, seed)) {
            train(folder, seed);
        }
        return new Trained(TrainedRun.open(folder, TrainedRun.Weights.EMA, backend), folder);
    }

    private boolean isTrained(Path folder, int seed) {
        TrainConfig config = recipe.withSeed(seed);
        if (!Files.exists(new RunFolder(folder).config())) {
            return false;
        }
        // Not trained anew unasked: the user's figures so far would silently be of another measure than those to come.
        if (!TrainingRun.config(folder).equals(config)) {
            throw new InputException(folder + ": was trained by another recipe than " + name + " is now; figures by the two do not compare. "
                    + "Move it away or delete it, and it is trained anew");
        }
        Checkpoints checkpoints = new Checkpoints(new RunFolder(folder).checkpointFolder(), config.run().keep());
        return !checkpoints.list().isEmpty() && checkpoints.latest().step() >= config.run().steps();
    }

    private void train(Path folder, int seed) {
        TrainConfig config = recipe.withSeed(seed);
        try {
            Files.createDirectories(cache);
            Path lockFile = cache.resolve(folder.getFileName() + ".lock");
            try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock lock = channel.lock()) {
                if (isTrained(folder, seed)) {
                    return; // by another process, while this one waited
                }
                TrainingRun.Listener heard = listener.trains(folder, config);
                try {
                    TrainingRun run = Files.exists(new RunFolder(folder).config()) ? TrainingRun.resume(folder, config, data.get(), heard)
                            : TrainingRun.create(folder, config, data.get(), heard);
                    run.train(backend, Double.POSITIVE_INFINITY);
                } finally {
                    listener.ends();
                }
            }
        } catch (IOException e) {
            throw new InputException(cache + ": cannot be written (" + Reason.of(e) + "); set XDG_CACHE_HOME to a folder that can be", e);
        }
    }
}
