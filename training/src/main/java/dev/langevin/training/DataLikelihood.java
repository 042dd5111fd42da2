package dev.langevin.training;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.likelihood.BitsPerDimension;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Pixels;
import java.util.Arrays;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;

/**
 * The log-likelihood of the first examples of a data set. Images are dequantised first, points are taken as they are; each
 * repeat dequantises and draws the probes anew. An example's figures do not depend on how many others are measured.
 */
public final class DataLikelihood {
    /** Numbers that are solved together, about; results do not depend on it. */
    private static final int NUMBERS = 1 << 16;
    private static final int MOST_EXAMPLES = 1024;

    /**
     * What was measured.
     *
     * @param nats ln p of each example in each repeat (n, repeats)
     * @param evaluations mean number of evaluations of the score for one example
     * @param dimensions numbers in an example
     */
    public record Figures(double[][] nats, double evaluations, int dimensions) {
        /** Mean over the repeats of each example (n). */
        private double[] means() {
            return Arrays.stream(nats).mapToDouble(r -> Arrays.stream(r).average().orElseThrow()).toArray();
        }

        /** Mean ln p, in nats. */
        public double mean() {
            return Arrays.stream(means()).average().orElseThrow();
        }

        /** Standard error of {@link #mean} as an estimate for all examples there may be; NaN for one. */
        public double standardError() {
            return Math.sqrt(variance(means()) / nats.length);
        }

        /** Root mean square deviation, in nats, of an example's repeats from one another; NaN for one repeat. */
        public double deviationOfRepeats() {
            return Math.sqrt(Arrays.stream(nats).mapToDouble(Figures::variance).average().orElseThrow());
        }

        private static double variance(double[] values) {
            double mean = Arrays.stream(values).average().orElseThrow();
            return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
        }
    }

    private DataLikelihood() {
    }

    /**
     * Measures on the current scope's backend.
     *
     * @param n how many examples, from 1 to the data set's size
     * @param repeats at least 1
     * @param progress hears how many examples are done, counting parts and each repeat
     */
    public static Figures measure(ScoreFunction score, OdeLikelihood likelihood, Dataset data, int n, int repeats, long seed,
            DoubleConsumer progress) {
        int size = data.exampleSize();
        int batch = Math.clamp(NUMBERS / size, 1, MOST_EXAMPLES);
        double[][] nats = new double[n][repeats];
        long evaluations = 0;
        int done = 0;
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (int first = 0; first < n; first += batch) {
                int count = Math.min(batch, n - first);
                try (Scope scope = Scope.open()) {
                    Tensor x = examples(data, first, count, new RandomKey(seed, Purpose.DEQUANTISATION.code(), first, repeat));
                    int before = done;
                    OdeLikelihood.Result result = likelihood.of(score.forImages(IntStream.range(first, first + count).toArray()), x, new RandomKey(seed, Purpose.PROBE.code(), first, repeat),
                            share -> progress.accept(before + share * count));
                    for (int i = 0; i < count; i++) {
                        nats[first + i][repeat] = result.nats()[i];
                        evaluations += result.evaluations()[i];
                    }
                }
                done += count;
            }
        }
        return new Figures(nats, (double) evaluations / done, size);
    }

    /** Examples {@code first} to {@code first + count} as a model sees them, (count, ...). */
    private static Tensor examples(Dataset data, int first, int count, RandomKey dequantisation) {
        int[] example = data.exampleShape();
        int size = data.exampleSize();
        float[] values = new float[count * size];
        for (int i = 0; i < count; i++) {
            data.copy(first + i, values, i * size);
        }
        int[] dims = new int[example.length + 1];
        dims[0] = count;
        System.arraycopy(example, 0, dims, 1, example.length);
        if (example.length != 3) {
            return Tensor.of(Shape.of(dims), values);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = Pixels.toByte(values[i]);
        }
        return BitsPerDimension.SYMMETRIC.dequantise(Tensor.of(Shape.of(dims), values), dequantisation);
    }
}
