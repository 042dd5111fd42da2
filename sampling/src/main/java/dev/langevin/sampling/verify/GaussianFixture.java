package dev.langevin.sampling.verify;

import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/**
 * Data N(m, C): the error is that of the mean relative to |m|, or of the standard deviations, whichever is larger.
 *
 * @param mean m (d), not 0
 * @param covariance C (d, d)
 */
record GaussianFixture(String name, double[] mean, double[][] covariance) implements Fixture {

    /** F-GAUSS: mean 1, standard deviation 0.5. */
    static GaussianFixture oneDimensional() {
        return new GaussianFixture("F-GAUSS", new double[] {1}, new double[][] {{0.25}});
    }

    /** F-GAUSS in two correlated dimensions: standard deviations 0.5 and 0.4, correlation 0.4. */
    static GaussianFixture correlated() {
        return new GaussianFixture("F-GAUSS-2D", new double[] {1, -0.5}, new double[][] {{0.25, 0.08}, {0.08, 0.16}});
    }

    @Override
    public int dimensions() {
        return mean.length;
    }

    @Override
    public ScoreFunction score(Sde sde) {
        return new GaussianScore(sde, mean, covariance);
    }

    @Override
    public double error(float[] samples) {
        double[] values = new double[samples.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = samples[i];
        }
        Moments moments = Moments.of(values, dimensions());
        return Math.max(moments.meanError(mean), moments.deviationError(covariance));
    }
}
