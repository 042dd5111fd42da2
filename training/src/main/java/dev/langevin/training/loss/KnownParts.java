package dev.langevin.training.loss;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.training.TrainingPurpose;
import dev.langevin.training.data.RandomMasks;
import java.util.function.Function;

/**
 * A loss under which the score is told a part of each image, y = m x_0 under a random mask m (Saharia et al. 2022, "Palette"), row
 * A-INP-COND. Its minimum over all functions of (x_t, t, y, m) is the score of p_t(x | y, m), as with classes: for each (y, m) it is the loss of
 * the images that have this part.
 *
 * <p>All pixels are in the loss, but only hidden ones teach anything: of a known pixel {@link NetworkScore} gives the exact score, whose
 * error is 0 for every weight. So the whole network works for what is hidden, as in the paper, and yet the score that a sampler
 * integrates is right everywhere. Every hidden pixel counts alike, so a mask counts by how much it hides.
 *
 * @param loss the loss of a score
 */
public record KnownParts(NetworkScore score, RandomMasks masks, Function<NetworkScore, Objective> loss) implements Objective {

    @Override
    public KnownParts given(int... labels) {
        return new KnownParts(score.given(labels), masks, loss);
    }

    /** The masks are a function of the seed, the step and each example's number in the batch, as {@code noise} has them. */
    @Override
    public Loss of(Tensor x0, double[] t, RandomKey noise, RandomKey dropout) {
        int n = x0.dim(0);
        float[] drawn = masks.draw(noise.seed(), TrainingPurpose.MASK.code(), noise.firstImage(), noise.step(), n, x0.dim(1), x0.dim(2));
        Known known = Known.of(x0, Tensor.of(Shape.of(n, x0.dim(1), x0.dim(2), 1), drawn));
        return loss.apply(score.given(known)).of(x0, t, noise, dropout);
    }
}
