package dev.langevin.sampling;

import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;

/** Leaves the images as they are. */
public record NoCorrector() implements Corrector {

    @Override
    public String name() {
        return "none";
    }

    @Override
    public Tensor correct(ScoreFunction score, Sde sde, Tensor x, double t, double dt, Noise noise) {
        return x;
    }
}
