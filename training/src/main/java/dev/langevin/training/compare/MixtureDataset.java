package dev.langevin.training.compare;

import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.PointRandom;

/**
 * Points of three round Gaussians in the plane, whose score is known exactly at every time. Mean 0, variance about 1; the
 * components are unequal and overlap a little, so that neither a single Gaussian nor three lone ones are the answer.
 *
 * @param seed of the points
 * @param size how many there are
 */
public record MixtureDataset(long seed, int size) implements Dataset {
    private static final double[] WEIGHTS = {0.5, 0.3, 0.2};
    private static final double[][] MEANS = {{-0.9, 0.3}, {0.9, 0.7}, {0.9, -1.8}};
    private static final double[] STD = {0.5, 0.4, 0.3};

    /** The exact score of these points under a forward process. */
    public static ScoreFunction score(Sde sde) {
        return exact(sde);
    }

    /** ln p_t(x) in nats at one point (2). */
    public static double logDensity(Sde sde, double[] x, double t) {
        return exact(sde).logDensity(x, t);
    }

    private static GaussianMixtureScore exact(Sde sde) {
        return GaussianMixtureScore.isotropic(sde, WEIGHTS, MEANS, STD);
    }

    @Override
    public int[] exampleShape() {
        return new int[] {2};
    }

    @Override
    public void copy(int index, float[] into, int offset) {
        PointRandom random = new PointRandom(seed, index);
        double u = random.uniform(0);
        int k = u < WEIGHTS[0] ? 0 : u < WEIGHTS[0] + WEIGHTS[1] ? 1 : 2;
        for (int i = 0; i < 2; i++) {
            into[offset + i] = (float) (MEANS[k][i] + STD[k] * random.normal(i));
        }
    }
}
