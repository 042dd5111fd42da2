package dev.langevin.sampling.stochastic;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** The drift of Anderson's reverse SDE per unit of time that runs backwards: b(x, t) = -f(t) x + g(t)^2 score(x, t). */
final class ReverseDrift {
    private ReverseDrift() {
    }

    /** @return b, shape of x */
    static Tensor at(ScoreFunction score, Sde sde, Tensor x, double t) {
        double g = sde.diffusion(t);
        return score.score(x, t).mul(g * g).sub(x.mul(sde.drift(t)));
    }
}
