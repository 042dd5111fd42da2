package dev.langevin.training.loss;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.Jacobian;

/**
 * Explicit score matching (Hyvarinen 2005, equation 4; "implicit" in Vincent 2011), row T-ESM:
 * <pre>tr(ds/dx) + (1/2) |s|^2.</pre>
 * The trace is exact, by a backward pass for each of the d coordinates, all of which the loss keeps until it has been
 * differentiated: for points and small images.
 */
public record ExplicitScoreMatching() implements ScoreMatching {
    /** Draws nothing. */
    @Override
    public Tensor of(Jacobian s, RandomKey key) {
        Tensor value = s.value().reshape(s.x().dim(0), -1);
        return s.trace().add(value.square().sum(1).mul(0.5));
    }
}
