package dev.langevin.sampling.inverse;

import dev.langevin.engine.Tensor;

/** What a measurement y = A x + noise sees of an image: a linear map A, of each image of a batch by itself. */
public interface LinearOperator {

    /**
     * A x.
     *
     * @param x (N, H, W, C), or whatever shape the images have
     * @return (N, ...)
     */
    Tensor apply(Tensor x);

    /**
     * A^T y, with (A x) . y = x . (A^T y) for all x and y.
     *
     * @param y (N, ...), shape of {@link #apply}'s result
     * @return shape of x
     */
    Tensor adjoint(Tensor y);

    /**
     * This operator for batches that hold some of its images only, as {@link dev.langevin.model.score.ScoreFunction#forImages}; itself where it
     * is the same for all images.
     *
     * @param rank of a batch of images
     */
    default LinearOperator forImages(int rank, int... rows) {
        return this;
    }
}
