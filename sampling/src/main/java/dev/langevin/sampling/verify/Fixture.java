package dev.langevin.sampling.verify;

import dev.langevin.engine.Shape;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.List;

/**
 * A density whose score and moments are known exactly, against which a sampler is measured. Its samples are images whose
 * pixels are independent draws in as many dimensions as there are channels, so the norms that a Langevin corrector takes
 * over an image concentrate, and a few images hold many draws.
 */
public interface Fixture {

    /** F-GAUSS, F-GAUSS-2D and F-GMM. */
    static List<Fixture> all() {
        return List.of(GaussianFixture.oneDimensional(), GaussianFixture.correlated(), new MixtureFixture());
    }

    String name();

    /** d: channels of an image. */
    int dimensions();

    /** The exact score under an SDE. */
    ScoreFunction score(Sde sde);

    /**
     * The largest relative error of the moments that this fixture looks at; NaN when a sample is.
     *
     * @param samples draws (M, d), row-major
     */
    double error(float[] samples);

    /** The shape of {@code images} images of {@code side} x {@code side} draws. */
    default Shape shape(int images, int side) {
        return Shape.of(images, side, side, dimensions());
    }
}
