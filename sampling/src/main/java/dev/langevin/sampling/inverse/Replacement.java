package dev.langevin.sampling.inverse;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.sampling.Constraint;

/**
 * Imputation by replacement (Song et al. 2021, appendix I.2 and I.3): after each step the part of the state that is known is replaced
 * by what is known, noised anew to the level that the step has reached; at the end it is what is known, without noise. With a
 * {@link Mask} it is inpainting, with a {@link GreyProjection} colorization, with a {@link BlockAverage} super-resolution. White noise
 * stays white under a {@link PartialIsometry}, so each of them noises its measurement in its own coordinates.
 *
 * <p>It needs no gradient, and is not exact: a step sees the known part under noise only, and is not told what lies beneath, so that the
 * rest of the image fits it less than it should, in however many steps. {@link RePaint} is nearer.
 *
 * @param y measurement of each image of the batch, (N, ...), or (1, ...) of all
 */
public record Replacement(PartialIsometry operator, Tensor y) implements Constraint {

    @Override
    public Tensor apply(Tensor x, double a, double s, RandomKey noise) {
        Tensor z = operator.apply(Tensor.normal(x.shape(), noise));
        return operator.replace(x, y.mul(a).add(z.mul(s)));
    }
}
