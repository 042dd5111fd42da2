package dev.langevin.training.evaluate;

import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.sampling.metrics.ClassHistogram;
import dev.langevin.sampling.metrics.Kid;
import dev.langevin.sampling.metrics.Memorisation;
import dev.langevin.sampling.metrics.PrecisionRecall;
import java.util.Arrays;

/**
 * What was measured of one set of images against the real ones.
 *
 * @param name what the images are
 * @param n how many
 * @param frechet Frechet distance to the held-out images in the features of each extractor
 * @param kid squared maximum mean discrepancy to them, in the features of the first extractor, as all of the following
 * @param neighbours precision, recall, density and coverage
 * @param memorisation whether the images are nearer to training images than to held-out ones, by pixels
 * @param inceptionScore its form, of the judge's probabilities
 * @param classes what the judge takes the images for
 * @param chiSquare of that against the shares that were asked for, else against those of the training set
 * @param accuracy how often that is the class that was asked for; null where none was
 * @param pixelFrechet Frechet distance of the pixels in [-1, 1]; null where an image has too many
 * @param seconds that it took
 */
public record Row(String name, int n, double[] frechet, Kid kid, PrecisionRecall neighbours, Memorisation memorisation, double inceptionScore,
        ClassHistogram classes, ClassHistogram.ChiSquare chiSquare, Accuracy accuracy, Double pixelFrechet, double seconds) {

    /** Mean of {@link #frechet} over the extractors. */
    public double frechetMean() {
        return Arrays.stream(frechet).average().orElseThrow();
    }
}
