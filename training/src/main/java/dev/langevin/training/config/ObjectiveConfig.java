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
 * @param parametrisation what the network's output means: {@code score}, {@code noise}, {@code x0}, {@code v} or {@code edm}
 * @param sigmaData standard deviation of the data, by which {@code edm} scales
 * @param weighting lambda(t)
 * @param times how times are drawn
 */
public record ObjectiveConfig(String parametrisation, double sigmaData, Weighting weighting, Times times) {
    public static ObjectiveConfig defaults() {
        return new ObjectiveConfig("noise", 0.5, Weighting.SIGMA2, Times.STRATIFIED);
    }

    public ObjectiveConfig {
        Parametrisation.named(parametrisation, sigmaData);
    }

    public Objective build(NetworkScore score) {
        return new DenoisingScoreMatching(score, weighting);
    }
}
