package dev.langevin.sampling.verify;

import dev.langevin.model.score.GaussianMixtureScore;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/**
 * F-GMM: two components in the plane, ten standard deviations apart, so that which one a draw belongs to is never in
 * doubt. The error is the largest of: the absolute error of a component's share, the error of its mean relative to the
 * mean's length, the relative error of its standard deviations. The mean of all is 0, since VE's prior ignores it.
 */
record MixtureFixture() implements Fixture {
    private static final double[] WEIGHTS = {0.4, 0.6};
    private static final double[][] MEANS = {{-1.5, 1.2}, {1.0, -0.8}};
    private static final double[][] STDS = {{0.3, 0.3}, {0.35, 0.3}};

    @Override
    public String name() {
        return "F-GMM";
    }

    @Override
    public int dimensions() {
        return 2;
    }

    @Override
    public ScoreFunction score(Sde sde) {
        return new GaussianMixtureScore(sde, WEIGHTS, MEANS, STDS);
    }

    @Override
    public double error(float[] samples) {
        double[][] members = split(samples);
        double error = 0;
        for (int k = 0; k < WEIGHTS.length; k++) {
            Moments moments = Moments.of(members[k], 2);
            double share = (double) moments.count() / (samples.length / 2);
            double[][] covariance = {{STDS[k][0] * STDS[k][0], 0}, {0, STDS[k][1] * STDS[k][1]}};
            error = Math.max(error, Math.abs(share - WEIGHTS[k]));
            error = Math.max(error, moments.meanError(MEANS[k]));
            error = Math.max(error, moments.deviationError(covariance));
        }
        return error;
    }

    /** The draws by the component whose mean is nearest. A draw that is NaN goes to the last and makes its moments NaN. */
    private static double[][] split(float[] samples) {
        double[][] members = new double[WEIGHTS.length][samples.length];
        int[] lengths = new int[WEIGHTS.length];
        for (int i = 0; i < samples.length; i += 2) {
            double toFirst = Math.hypot(samples[i] - MEANS[0][0], samples[i + 1] - MEANS[0][1]);
            double toSecond = Math.hypot(samples[i] - MEANS[1][0], samples[i + 1] - MEANS[1][1]);
            int k = toFirst < toSecond ? 0 : 1;
            members[k][lengths[k]++] = samples[i];
            members[k][lengths[k]++] = samples[i + 1];
        }
        for (int k = 0; k < members.length; k++) {
            members[k] = Arrays.copyOf(members[k], lengths[k]);
        }
        return members;
    }
}
