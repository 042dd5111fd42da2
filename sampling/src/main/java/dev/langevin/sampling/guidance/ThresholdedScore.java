package dev.langevin.sampling.guidance;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * A score whose denoised image D = (x + s^2 score) / a stays in range (Saharia et al. 2022, "Photorealistic Text-to-Image Diffusion
 * Models with Deep Language Understanding", section 2.3, where guidance drives it out): for each image, with q the quantile of
 * its |D| or 1 if that is larger, D is clipped to [-q, q] and divided by q. Static thresholding, q = 1, clips to [-1, 1] alone.
 *
 * <p>The score is moved by a (D' - D) / s^2, so that of an image within [-1, 1] is left as it was, to the bit. Every solver asks for D
 * or noise through its score and so gets the bounded image. Data are taken to be in [-1, 1].
 */
public final class ThresholdedScore implements ScoreFunction {
    /** Each halves the interval that holds the quantile: down to neighbouring floats, for |D| up to 10^5. */
    private static final int HALVINGS = 40;

    private final ScoreFunction score;
    private final Sde sde;
    private final double percentile; // 0: static

    private ThresholdedScore(ScoreFunction score, Sde sde, double percentile) {
        this.score = score;
        this.sde = sde;
        this.percentile = percentile;
    }

    /**
     * Dynamic thresholding.
     *
     * @param percentile p in (0, 100]: the quantile is the smallest of an image's |D| that at least p % of them do not exceed; the
     *     paper's values are above 99
     */
    public static ThresholdedScore dynamic(ScoreFunction score, Sde sde, double percentile) {
        if (!(percentile > 0 && percentile <= 100)) {
            throw new InputException("threshold: expected a percentile in (0, 100], got " + percentile);
        }
        return new ThresholdedScore(score, sde, percentile);
    }

    /** Static thresholding: clips to [-1, 1]. */
    public static ThresholdedScore clipped(ScoreFunction score, Sde sde) {
        return new ThresholdedScore(score, sde, 0);
    }

    @Override
    public Tensor score(Tensor x, double t) {
        double a = sde.meanCoefficient(t);
        double variance = sde.std(t) * sde.std(t);
        Tensor s = score.score(x, t);
        Tensor denoised = x.add(s.mul(variance)).mul(1 / a);
        return s.add(bounded(denoised).sub(denoised).mul(a / variance));
    }

    @Override
    public ScoreFunction forImages(int... rows) {
        return new ThresholdedScore(score.forImages(rows), sde, percentile);
    }

    /** D' (N, ...) of D (N, ...). */
    private Tensor bounded(Tensor denoised) {
        if (percentile == 0) {
            return clip(denoised, Tensor.scalar(1));
        }
        Tensor q = quantile(denoised.abs(), percentile);
        return clip(denoised, q).div(q);
    }

    /** To [-q, q]. */
    private static Tensor clip(Tensor x, Tensor q) {
        Tensor below = q.where(x.greater(q), x);
        return q.neg().where(q.neg().greater(below), below);
    }

    /**
     * The smallest element of each image that at least {@code percentile} % of the image's elements do not exceed, or 1 where that
     * is larger. A bisection that counts, and reads nothing back from the device; when no more than one float is left between its
     * bounds, the largest element up to the upper one is the quantile itself, not a number near it.
     *
     * @param x (N, ...), at least 0
     * @param percentile in (0, 100]
     * @return (N, 1, ...)
     */
    public static Tensor quantile(Tensor x, double percentile) {
        int[] pixels = new int[x.rank() - 1];
        Arrays.setAll(pixels, i -> i + 1);
        int length = x.size() / Math.max(1, x.dim(0));
        // so many may lie above the quantile
        Tensor allowed = Tensor.scalar(length - Math.ceil(percentile * length / 100 - 1e-9));
        Tensor one = Tensor.scalar(1);
        Tensor high = x.maxKeep(pixels);
        high = high.where(high.greater(one), one);
        Tensor low = high.mul(0).add(1);
        for (int i = 0; i < HALVINGS; i++) {
            Tensor middle = low.add(high).mul(0.5);
            Tensor tooLow = x.greater(middle).sumKeep(pixels).greater(allowed);
            low = middle.where(tooLow, low);
            high = high.where(tooLow, middle);
        }
        Tensor nearest = Tensor.scalar(0).where(x.greater(high), x).maxKeep(pixels);
        return nearest.where(nearest.greater(one), one);
    }
}
