package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.image.ImageTable;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that start from given images share: on what they compute, the run, its class, the images, and the picture. */
final class ImageWork {
    @Mixin
    private Console console;
    @Mixin
    private Compute compute;
    @Mixin
    private ImageSource source;
    @Mixin
    private Condition condition;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of the run.")
    private Path run;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: in the run's folder, named after what was done.")
    private Path out;

    Console console() {
        return console;
    }

    /** Adds the class and the guidance, null without, to a command's figures. */
    void figures(Map<String, Object> figures) {
        figures.put("label", condition.label());
        figures.put("guidance", condition.weight());
    }

    /** Whether the image is the user's own, of a file, and not of the data. */
    boolean ofFile() {
        return source.image() != null;
    }

    /**
     * Opens the run and works with it, in a scope.
     *
     * @param name of the picture, without its ending
     */
    void open(String name, Consumer<Opened> work) {
        source.image(); // what does not go together is told before anything is opened
        condition.check();
        if (condition.all()) {
            throw new InputException("--label all: each class in turn is for sample; give one class");
        }
        Path picture = out != null ? out : run.resolve(name + ".png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend); Condition given = condition) {
            ScoreFunction score = given.score(trained, backend);
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", picture);
            try (Scope scope = Scope.open(backend)) {
                work.accept(new Opened(backend, trained, score, shape, picture));
            }
        }
    }

    /**
     * An opened run.
     *
     * @param score of the class that was asked for, or the run's own, for any number of images
     * @param shape height, width and channels of its images
     * @param picture the file that the work ends with
     */
    record Opened(Backend backend, TrainedRun trained, ScoreFunction score, int[] shape, Path picture) {
        /** A picture with a row for each name, in which image i (of N, H, W, C) stands in column i. */
        void write(SequencedMap<String, Tensor> rows) {
            int n = rows.firstEntry().getValue().dim(0);
            float[][][] cells = rows.values().stream().map(row -> each(row, n)).toArray(float[][][]::new);
            write(List.copyOf(rows.keySet()), Collections.nCopies(n, ""), cells);
        }

        /** A picture with a column for each name, in which image i stands in row i. */
        void writeColumns(SequencedMap<String, Tensor> columns) {
            int n = columns.firstEntry().getValue().dim(0);
            float[][][] cells = new float[n][columns.size()][];
            int at = 0;
            for (Tensor column : columns.values()) {
                float[][] images = each(column, n);
                for (int i = 0; i < n; i++) {
                    cells[i][at] = images[i];
                }
                at++;
            }
            write(Collections.nCopies(n, ""), List.copyOf(columns.keySet()), cells);
        }

        private void write(List<String> rows, List<String> columns, float[][][] cells) {
            Png.write(picture, ImageTable.of(rows, columns, cells, 1, shape[0], shape[1], shape[2]));
        }

        private static float[][] each(Tensor images, int n) {
            float[][] each = new float[n][];
            for (int i = 0; i < n; i++) {
                each[i] = images.slice(0, i, i + 1).toArray();
            }
            return each;
        }
    }

    /** Images by name, in the order given: a name, its images, and so on. */
    static SequencedMap<String, Tensor> named(Object... namesAndImages) {
        SequencedMap<String, Tensor> named = new LinkedHashMap<>();
        for (int i = 0; i < namesAndImages.length; i += 2) {
            named.put((String) namesAndImages[i], (Tensor) namesAndImages[i + 1]);
        }
        return named;
    }

    /** The image of the file, or examples of the data that are held out: (N, H, W, C). */
    Tensor images(Opened opened) {
        return ofFile() ? image(source.image(), opened.shape()) : tensor(source.heldOut(opened.trained(), console), opened.shape());
    }

    /** The image of the file, of a height and width of its own: (1, height, width, C). */
    Tensor image(int height, int width, int channels) {
        return image(source.image(), new int[] {height, width, channels});
    }

    /** Pairs of examples of the data that are held out, one after the other: (2 N, H, W, C). */
    Tensor pairs(Opened opened) {
        return tensor(source.pairs(opened.trained(), console), opened.shape());
    }

    /** An image of a file: (1, H, W, C). */
    static Tensor image(Path file, int[] shape) {
        return tensor(Png.read(file, shape[0], shape[1], shape[2]), shape);
    }

    /** One or more images of a shape: (N, H, W, C). */
    static Tensor tensor(float[] values, int[] shape) {
        return Tensor.of(Shape.of(values.length / (shape[0] * shape[1] * shape[2]), shape[0], shape[1], shape[2]), values);
    }
}
