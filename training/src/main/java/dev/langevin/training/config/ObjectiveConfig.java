package dev.langevin.training.config;

import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;

/**
 * What is minimised.
 *
 * @param parametrisation {@code noise} or {@code score}
 * @param weighting lambda(t)
 * @param times how times are drawn
 */
public record ObjectiveConfig(String parametrisation, Weighting weighting, Times times) {
    public static ObjectiveConfig defaults() {
        return new ObjectiveConfig("noise", Weighting.SIGMA2, Times.STRATIFIED);
    }

    public ObjectiveConfig {
        Parametrisation.named(parametrisation);
    }

    public Objective build(NetworkScore score) {
        return new DenoisingScoreMatching(score, weighting);
    }
}
