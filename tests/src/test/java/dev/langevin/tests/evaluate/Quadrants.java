package dev.langevin.tests.evaluate;

import dev.langevin.engine.random.Philox;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.training.data.ImageDataset;
import dev.langevin.training.evaluate.ByteImages;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.ImageClassifier;
import java.util.List;
import java.util.stream.IntStream;

/** Images of 6 x 6 pixels of four classes, each brighter in another quadrant, in normal noise; and classifiers that know this. */
final class Quadrants {
    static final int CLASSES = 4;
    static final int SIDE = 6;
    static final int PIXELS = SIDE * SIDE;
    static final int N = 300;

    private Quadrants() {
    }

    /** Image i of class i mod 4. */
    static ImageDataset data(long seed, int n) {
        byte[] pixels = new byte[n * PIXELS];
        byte[] labels = new byte[n];
        for (int i = 0; i < n; i++) {
            labels[i] = (byte) (i % CLASSES);
            for (int k = 0; k < PIXELS; k++) {
                double mean = quadrant(k) == labels[i] ? 180 : 90;
                pixels[i * PIXELS + k] = (byte) Math.round(mean + 12 * Philox.normal(seed, 901, i, 0, k));
            }
        }
        return new ImageDataset(pixels, n, SIDE, SIDE, 1).labelled(labels, CLASSES);
    }

    private static int quadrant(int pixel) {
        return pixel / SIDE / (SIDE / 2) * 2 + pixel % SIDE / (SIDE / 2);
    }

    static ByteImages images(ImageDataset data) {
        return ByteImages.of(data, IntStream.range(0, data.size()).toArray());
    }

    /** Features: means of the quadrants times a scale, and of the edge and the middle; sure of the brightest quadrant. */
    static ImageClassifier classifier(double scale) {
        return values -> {
            int n = values.length / PIXELS;
            double[] features = new double[n * 6];
            double[] probabilities = new double[n * CLASSES];
            for (int i = 0; i < n; i++) {
                for (int k = 0; k < PIXELS; k++) {
                    float v = values[i * PIXELS + k];
                    features[i * 6 + quadrant(k)] += scale * v / 9;
                    boolean middle = Math.min(k / SIDE, SIDE - 1 - k / SIDE) > 0 && Math.min(k % SIDE, SIDE - 1 - k % SIDE) > 0;
                    features[i * 6 + (middle ? 4 : 5)] += scale * v / (middle ? 16 : 20);
                }
                double sum = 0;
                for (int y = 0; y < CLASSES; y++) {
                    probabilities[i * CLASSES + y] = Math.exp(20 / scale * features[i * 6 + y]);
                    sum += probabilities[i * CLASSES + y];
                }
                for (int y = 0; y < CLASSES; y++) {
                    probabilities[i * CLASSES + y] /= sum;
                }
            }
            return new ImageClassifier.Seen(Features.of(features, 6), Features.of(probabilities, CLASSES));
        };
    }

    /** Of N images in each set, with three extractors. */
    static Evaluation evaluation(ImageDataset train, ImageDataset test, long seed) {
        return new Evaluation(train, test, List.of(classifier(1), classifier(2), classifier(3)), classifier(1), N, seed, what -> { });
    }
}
