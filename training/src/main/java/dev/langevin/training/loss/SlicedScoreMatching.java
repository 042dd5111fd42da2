package dev.langevin.training.loss;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.Probe;

/**
 * Sliced score matching (Song, Garg, Shi and Ermon 2019), row T-SSM: the mean over random directions v of
 * <pre>v^T (ds/dx) v + (1/2) (v^T s)^2           plain, equation 7
 * v^T (ds/dx) v + (1/2) |s|^2               variance-reduced, equation 8</pre>
 * Since E[v v^T] = I both have the mean of {@link ExplicitScoreMatching}, at the cost of one backward pass a direction. The
 * second varies less wherever |s| is not small; near a mode the two noises of the first cancel in part.
 *
 * @param probe how directions are drawn
 * @param projections directions for each point, at least 1
 * @param reduced which of the two
 */
public record SlicedScoreMatching(Probe probe, int projections, boolean reduced) implements ScoreMatching {
    /** Between the random numbers of one direction and of the next; the first is one away from the key's own. */
    private static final int PURPOSE_STRIDE = 1 << 16;

    public SlicedScoreMatching {
        if (projections < 1) {
            throw new InputException("sliced score matching: expected at least 1 projection, got " + projections);
        }
    }

    @Override
    public Tensor of(Jacobian s, RandomKey key) {
        int n = s.x().dim(0);
        Tensor sum = reduced ? s.value().square().reshape(n, -1).sum(1).mul(0.5 * projections) : null;
        for (int m = 1; m <= projections; m++) {
            Tensor v = probe.draw(s.x().shape(), new RandomKey(key.seed(), key.purpose() + m * PURPOSE_STRIDE, key.firstImage(), key.step()));
            Tensor slice = s.quadratic(v);
            if (!reduced) {
                slice = slice.add(s.value().mul(v).reshape(n, -1).sum(1).square().mul(0.5));
            }
            sum = sum == null ? slice : sum.add(slice);
        }
        return sum.div(projections);
    }
}
