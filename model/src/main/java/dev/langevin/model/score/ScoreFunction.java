package dev.langevin.model.score;

import dev.langevin.engine.Tensor;

/**
 * The score s(x, t) = gradient with respect to x of ln p_t(x), where p_t is the density of x(t) under some SDE. Samplers
 * take this and never see where it comes from: a network, an analytic density, or guidance made of other scores.
 */
@FunctionalInterface
public interface ScoreFunction {

    /**
     * @param x (N, ...): N images, all at the same time
     * @param t in (0, T] of the SDE
     * @return the score, shape of x, in the current scope
     */
    Tensor score(Tensor x, double t);

    /**
     * As {@link #score(Tensor, double)}, with a time for each image: what a solver that chooses its steps for each image by
     * itself asks for. Here one image after the other; a score that can take them together overrides it.
     *
     * @param x (N, ...)
     * @param t N times in (0, T]
     */
    default Tensor score(Tensor x, double[] t) {
        Tensor[] scores = new Tensor[t.length];
        for (int i = 0; i < t.length; i++) {
            scores[i] = forImages(i).score(x.slice(0, i, i + 1), t[i]);
        }
        return Tensor.concat(0, scores);
    }

    /**
     * This score for batches that hold some of its images only. A score that depends on more than x and t, on a class of each
     * image for instance, keeps it with the image; whoever hands it a part of a batch, or another order, asks for the score of that.
     *
     * @param rows numbers of the images in this score's own batch: image j of a batch to come is image {@code rows[j]}
     */
    default ScoreFunction forImages(int... rows) {
        return this;
    }
}
