package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** Leaves the images as they are: the corrector does all the work. */
public record NoPredictor() implements Predictor {

    @Override
    public String name() {
        return "none";
    }

    @Override
    public Step step(ScoreFunction score, Sde sde, Tensor x, double t, double tNext, Noise noise) {
        return Step.to(x);
    }
}
