package dev.langevin.sampling.guidance;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.ScoreFunction;
import java.util.Arrays;
import java.util.Optional;

/**
 * Classifier-free guidance (G-CFG; Ho and Salimans 2022): of the scores c of p_t(x | y) and u of p_t(x),
 * <pre>u + w (c - u)</pre>
 * w = 1 is the conditional score itself and w = 0 the unconditional one, each evaluated alone; larger w moves away from what the
 * class does not say. The paper writes (1 + w') c - w' u, which is the same with w = 1 + w'.
 *
 * <p>Two scores of one network, one with classes and one without, are had of one batch of twice the images.
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
        return combined(x, (s, z) -> s.score(z, t));
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        return combined(x, (s, z) -> s.score(z, z == x ? t : twice(t)));
    }

    @Override
    public ScoreFunction forImages(int... rows) {
        return new ClassifierFreeGuidance(conditional.forImages(rows), unconditional.forImages(rows), weight);
    }

    private interface Evaluation {
        /** The score at x, or at x twice over. */
        Tensor of(ScoreFunction score, Tensor x);
    }

    private Tensor combined(Tensor x, Evaluation evaluation) {
        if (weight == 0 || weight == 1) {
            return evaluation.of(weight == 0 ? unconditional : conditional, x);
        }
        int n = x.dim(0);
        Optional<NetworkScore> both = conditional instanceof NetworkScore network ? network.beside(unconditional, n) : Optional.empty();
        Tensor[] scores = both.map(score -> halves(evaluation.of(score, Tensor.concat(0, x, x)), n))
                .orElseGet(() -> new Tensor[] {evaluation.of(conditional, x), evaluation.of(unconditional, x)});
        return scores[1].add(scores[0].sub(scores[1]).mul(weight));
    }

    private static Tensor[] halves(Tensor x, int n) {
        return new Tensor[] {x.slice(0, 0, n), x.slice(0, n, 2 * n)};
    }

    private static double[] twice(double[] t) {
        double[] twice = Arrays.copyOf(t, 2 * t.length);
        System.arraycopy(t, 0, twice, t.length, t.length);
        return twice;
    }
}
