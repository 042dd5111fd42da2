package dev.langevin.training.evaluate;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.training.TrainingPurpose;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.ml.clustering.Clusterable;
import org.apache.commons.math3.ml.clustering.KMeansPlusPlusClusterer;
import org.apache.commons.math3.ml.distance.EuclideanDistance;
import org.apache.commons.math3.random.AbstractRandomGenerator;

/**
 * A mixture of normal distributions of pixels, one for each cluster that k-means finds, weighted by its share: what can be said of
 * images without a network. Each has the mean m and the covariance of its N members x_i, and is drawn without either's
 * decomposition: m + sum_i z_i (x_i - m) / sqrt(N - 1) with z standard normal has exactly that covariance.
 */
final class PixelMixture {
    private static final int ITERATIONS = 20;
    /** Images that are drawn together; the result does not depend on it. */
    private static final int BATCH = 500;

    private final ByteImages images;
    private final List<int[]> clusters;

    private PixelMixture(ByteImages images, List<int[]> clusters) {
        this.images = images;
        this.clusters = clusters;
    }

    /** One normal distribution. */
    static PixelMixture normal(ByteImages images) {
        return new PixelMixture(images, List.of(IntStream.range(0, images.count()).toArray()));
    }

    /**
     * By k-means++ (Arthur & Vassilvitskii 2007) on squared distances of pixels.
     *
     * @param k clusters, at most as many as images
     */
    static PixelMixture clustered(ByteImages images, int k, long seed) {
        List<Point> points = new ArrayList<>();
        float[] values = images.floats();
        for (int i = 0; i < images.count(); i++) {
            double[] pixels = new double[images.size()];
            for (int j = 0; j < pixels.length; j++) {
                pixels[j] = values[i * pixels.length + j];
            }
            points.add(new Point(i, pixels));
        }
        var found = new KMeansPlusPlusClusterer<Point>(k, ITERATIONS, new EuclideanDistance(), new Uniforms(seed)).cluster(points);
        return new PixelMixture(images, found.stream().map(cluster -> cluster.getPoints().stream().mapToInt(Point::index).toArray())
                .filter(members -> members.length > 0).toList());
    }

    /** n images, cluster after cluster, in the current scope's backend. */
    ByteImages draw(int n, long seed) {
        int[] counts = counts(n, seed);
        float[] drawn = new float[n * images.size()];
        int at = 0;
        for (int c = 0; c < counts.length; c++) {
            try (Scope scope = Scope.open()) {
                int[] members = clusters.get(c);
                Tensor x = Tensor.of(Shape.of(members.length, images.size()), images.select(members).floats());
                Tensor mean = x.meanKeep(0);
                Tensor root = x.sub(mean).mul(1 / Math.sqrt(Math.max(1, members.length - 1)));
                for (int end = at + counts[c]; at < end; ) {
                    int count = Math.min(BATCH, end - at);
                    try (Scope batch = Scope.open()) {
                        Tensor z = Tensor.normal(Shape.of(count, members.length), new RandomKey(seed, TrainingPurpose.NORMAL_PIXELS.code(), at, 0));
                        System.arraycopy(z.matmul(root).add(mean).toArray(), 0, drawn, at * images.size(), count * images.size());
                    }
                    at += count;
                }
            }
        }
        return ByteImages.quantised(drawn, images.height(), images.width(), images.channels());
    }

    /** How many of n are of which cluster, each drawn by the clusters' shares. */
    private int[] counts(int n, long seed) {
        int[] counts = new int[clusters.size()];
        for (int i = 0; i < n; i++) {
            double left = Philox.uniform(seed, TrainingPurpose.CLUSTER.code(), i, 1, 0) * images.count();
            int c = 0;
            while (left >= clusters.get(c).length) {
                left -= clusters.get(c++).length;
            }
            counts[c]++;
        }
        return counts;
    }

    private record Point(int index, double[] pixels) implements Clusterable {
        @Override
        public double[] getPoint() {
            return pixels;
        }
    }

    /** Philox as Commons Math wants it: the n-th number that is asked for is that of element n. */
    private static final class Uniforms extends AbstractRandomGenerator {
        private final long seed;
        private int next;

        Uniforms(long seed) {
            this.seed = seed;
        }

        @Override
        public void setSeed(long seed) {
            throw new UnsupportedOperationException("the seed is given once");
        }

        @Override
        public double nextDouble() {
            return Philox.uniform(seed, TrainingPurpose.CLUSTER.code(), 0, 0, next++);
        }
    }
}
