package dev.langevin.training.evaluate;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.sampling.inverse.Blur;
import dev.langevin.training.TrainingPurpose;
import java.util.function.BiFunction;

/**
 * Images whose faults are known, to read a table of figures by: what no network made, and real ones that were spoilt. Each is a pure
 * function of its arguments, and is computed on the current scope's backend.
 */
public final class Baselines {
    /** Clusters of the mixture, and images that the smallest sets have for each. */
    private static final int CLUSTERS = 30;
    private static final int CLUSTER_IMAGES = 20;
    private static final int BATCH = 500;

    private Baselines() {
    }

    /**
     * Of the normal distribution with the mean and covariance of the pixels.
     *
     * @param fitted at least 1 image
     * @param n images to be drawn
     */
    public static ByteImages gaussian(ByteImages fitted, int n, long seed) {
        return PixelMixture.normal(fitted).draw(n, seed);
    }

    /** Of a mixture of 30 normal distributions of pixels, fewer for fewer than 600 images, found by k-means; otherwise as {@link #gaussian}. */
    public static ByteImages mixture(ByteImages fitted, int n, long seed) {
        return PixelMixture.clustered(fitted, Math.clamp(fitted.count() / CLUSTER_IMAGES, 1, CLUSTERS), seed).draw(n, seed);
    }

    /** @param sigma in pixels, above 0; see {@link Blur} */
    public static ByteImages blurred(ByteImages images, double sigma) {
        Blur blur = new Blur(images.height(), images.width(), sigma);
        return each(images, (x, first) -> blur.apply(x));
    }

    /** @param deviation of the normal noise that is added to each pixel, where a byte's step is 2/255 */
    public static ByteImages noisy(ByteImages images, double deviation, long seed) {
        return each(images, (x, first) ->
                x.add(Tensor.normal(x.shape(), new RandomKey(seed, TrainingPurpose.NOISY_PIXELS.code(), first, 0)).mul(deviation)));
    }

    private static ByteImages each(ByteImages images, BiFunction<Tensor, Integer, Tensor> change) {
        float[] changed = new float[images.pixels().length];
        for (int first = 0; first < images.count(); first += BATCH) {
            ByteImages part = images.part(first, Math.min(images.count(), first + BATCH));
            try (Scope scope = Scope.open()) {
                Tensor x = Tensor.of(part.shape(), part.floats());
                float[] values = change.apply(x, first).toArray();
                System.arraycopy(values, 0, changed, first * images.size(), values.length);
            }
        }
        return ByteImages.quantised(changed, images.height(), images.width(), images.channels());
    }
}
