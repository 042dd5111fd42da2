package dev.langevin.sampling.inverse;

import dev.langevin.engine.Tensor;

/**
 * Some pixels: A x = mask x, an image that is 0 where nothing is known. A A^T A = A.
 *
 * @param known 1 where a pixel is known and 0 where it is hidden; broadcasts to the images, such as (H, W, 1), or (N, H, W, 1) for a
 *     mask each
 */
public record Mask(Tensor known) implements PartialIsometry {

    @Override
    public Tensor apply(Tensor x) {
        return x.mul(known);
    }

    @Override
    public Tensor adjoint(Tensor y) {
        return y.mul(known);
    }

    @Override
    public double gain() {
        return 1;
    }

    /** Known pixels become y's, to the bit. */
    @Override
    public Tensor replace(Tensor x, Tensor y) {
        return y.where(known, x);
    }

    @Override
    public Mask forImages(int rank, int... rows) {
        return known.rank() < rank || known.dim(0) == 1 ? this : new Mask(PosteriorScore.rows(known, rows));
    }
}
