package dev.langevin.training.compare;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.FisherDivergence;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/**
 * How far a score is from the exact one of the {@link MixtureDataset} at ten times of the forward process.
 *
 * @param divergence mean over the times of s^2 D(p_t | q_t) / d, the Fisher divergence in units of the noise: by as much is a
 *     denoising loss with weight s^2 above its minimum
 * @param relative root of that, over the root of what a score of 0 has: 0 for the exact score
 */
public record ScoreError(double divergence, double relative) {
    private static final int TIMES = 10;
    /** Of the points and of the noise on them; no data set here has it. */
    private static final long SEED = 0x7E57;
    private static final int PURPOSE = 0xE44;

    /**
     * At t = 0.05, 0.15, ..., 0.95 of the end time, in the current scope's backend.
     *
     * @param points draws at each time, the same for every score
     */
    public static ScoreError of(ScoreFunction score, Sde sde, int points) {
        ScoreFunction exact = MixtureDataset.score(sde);
        MixtureDataset data = new MixtureDataset(SEED, TIMES * points);
        double divergence = 0;
        double size = 0;
        for (int j = 0; j < TIMES; j++) {
            double t = (j + 0.5) / TIMES * sde.endTime();
            double s = sde.std(t);
            float[] x0 = new float[2 * points];
            for (int i = 0; i < points; i++) {
                data.copy(j * points + i, x0, 2 * i);
            }
            try (Scope scope = Scope.open()) {
                Tensor z = Tensor.normal(Shape.of(points, 2), new RandomKey(SEED, PURPOSE, 0, j));
                Tensor x = Tensor.of(z.shape(), x0).mul(sde.meanCoefficient(t)).add(z.mul(s));
                FisherDivergence d = FisherDivergence.of(exact, score, x, t);
                divergence += s * s * d.value() / (2 * TIMES);
                size += s * s * d.size() / (2 * TIMES);
            }
        }
        return new ScoreError(divergence, Math.sqrt(divergence / size));
    }
}
