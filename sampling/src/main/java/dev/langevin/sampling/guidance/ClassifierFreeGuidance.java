package dev.langevin.sampling.guidance;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;

/**
 * Classifier-free guidance (G-CFG; Ho and Salimans 2022): of the scores c of p_t(x | y) and u of p_t(x),
 * <pre>u + w (c - u)</pre>
 * w = 1 is the conditional score itself and w = 0 the unconditional one, each evaluated alone; larger w moves away from what the
 * class does not say. The paper writes (1 + w') c - w' u, which is the same with w = 1 + w'.
 *
 * <p>At each time it is the score of a density in proportion to p_t(x)^(1 - w) p_t(x | y)^w; but these are not the marginals
 * of one process, so its samples are not draws of p(x)^(1 - w) p(x | y)^w.
 *
 * @param weight w, finite
 */
public record ClassifierFreeGuidance(ScoreFunction conditional, ScoreFunction unconditional, double weight) implements ScoreFunction {

    public ClassifierFreeGuidance {
        if (!Double.isFinite(weight)) {
            throw new InputException("guidance: expected a finite weight, got " + weight);
        }
    }

    @Override
    public Tensor score(Tensor x, double t) {
        return combined(s -> s.score(x, t));
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        return combined(s -> s.score(x, t));
    }

    @Override
    public ScoreFunction forImages(int... rows) {
        return new ClassifierFreeGuidance(conditional.forImages(rows), unconditional.forImages(rows), weight);
    }

    private interface Evaluation {
        Tensor of(ScoreFunction score);
    }

    private Tensor combined(Evaluation evaluation) {
        if (weight == 0 || weight == 1) {
            return evaluation.of(weight == 0 ? unconditional : conditional);
        }
        Tensor u = evaluation.of(unconditional);
        return u.add(evaluation.of(conditional).sub(u).mul(weight));
    }
}
