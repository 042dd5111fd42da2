package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.image.ImageGrid;
import dev.langevin.training.image.ScatterPlot;
import java.awt.image.BufferedImage;
import java.util.stream.IntStream;

/** Draws samples and makes a picture of them: a grid of images, or points beside the data's. */
public final class SampleSheet {
    /** Examples that are drawn together; the result does not depend on it. */
    public static final int BATCH = 64;
    private static final double PLOT_LIMIT = 2.5;

    private SampleSheet() {
    }

    /**
     * Draws n examples, elements of one example after those of another.
     *
     * @param score of a batch of n
     * @param example shape of one example
     * @param options steps, seed and who listens; the first image is its {@code firstImage}
     * @throws InputException when they are too many; see {@link #length}
     */
    public static float[] draw(ScoreFunction score, Sde sde, Sampler sampler, int n, int[] example, SampleOptions options) {
        int size = Shape.of(example).size();
        float[] out = new float[length(n, example)];
        for (int first = 0; first < n; first += BATCH) {
            int count = Math.min(BATCH, n - first);
            int[] dims = new int[example.length + 1];
            dims[0] = count;
            System.arraycopy(example, 0, dims, 1, example.length);
            int offset = options.firstImage() + first;
            ScoreFunction part = score.forImages(IntStream.range(first, first + count).toArray());
            try (Scope scope = Scope.open()) {
                Tensor x = Autograd.noGrad(() -> sampler.sample(part, sde, Shape.of(dims), options.withFirstImage(offset)));
                System.arraycopy(x.toArray(), 0, out, first * size, count * size);
            }
        }
        return out;
    }

    /**
     * Classes for n examples, so that each of K classes has a share of them and a grid of n / K columns has a class in each row.
     *
     * @return n classes, from 0 to K - 1, not falling
     */
    public static int[] classesByRow(int n, int classes) {
        return IntStream.range(0, n).map(i -> (int) ((long) i * classes / n)).toArray();
    }

    /**
     * Numbers in n examples.
     *
     * @throws InputException when they are more than 2^31 - 1
     */
    public static int length(int n, int[] example) {
        long length = (long) n * Shape.of(example).size();
        if (length > Integer.MAX_VALUE) {
            throw new InputException("--n (sampling.n) " + n + ": so many examples have more than 2^31 - 1 numbers; draw fewer at a time");
        }
        return (int) length;
    }

    /** The picture of samples without classes; see below. */
    public static BufferedImage picture(float[] samples, Dataset data) {
        return picture(samples, data, 0);
    }

    /** Columns of a grid of n images: n / K where each of K classes fills a row, else as many as make it square. */
    public static int columns(int n, int classes) {
        return classes > 0 && n % classes == 0 ? n / classes : ImageGrid.squareColumns(n);
    }

    /** The picture: images as a grid, square or with a class in each row, points as a scatter plot beside as many of the data's. */
    public static BufferedImage picture(float[] samples, Dataset data, int classes) {
        int[] shape = data.exampleShape();
        int n = samples.length / data.exampleSize();
        if (shape.length == 3) {
            return ImageGrid.of(samples, n, shape[0], shape[1], shape[2], columns(n, classes));
        }
        int m = Math.min(n, data.size());
        float[] points = new float[m * data.exampleSize()];
        for (int i = 0; i < m; i++) {
            data.copy(i, points, i * data.exampleSize());
        }
        return ScatterPlot.of(points, samples, PLOT_LIMIT);
    }
}
