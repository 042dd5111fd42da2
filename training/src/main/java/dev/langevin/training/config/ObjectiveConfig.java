package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Probe;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.ExplicitScoreMatching;
import dev.langevin.training.loss.NoisedScoreMatching;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.SlicedScoreMatching;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;

/**
 * What is minimised.
 *
 * @param kind {@code dsm} (denoising), {@code esm} (explicit), {@code ssm} or {@code ssm-vr} (sliced, plain or variance-reduced)
 * @param parametrisation what the network's output means: {@code score}, {@code noise}, {@code x0}, {@code v} or {@code edm}
 * @param sigmaData standard deviation of the data, by which {@code edm} scales
 * @param weighting lambda(t)
 * @param times how times are drawn
 * @param probe directions of the sliced objectives
 * @param projections their number for each example, at least 1
 */
public record ObjectiveConfig(String kind, String parametrisation, double sigmaData, Weighting weighting, Times times, Probe probe, int projections) {
    public static ObjectiveConfig defaults() {
        return new ObjectiveConfig("dsm", "noise", 0.5, Weighting.SIGMA2, Times.STRATIFIED, Probe.RADEMACHER, 1);
    }

    public ObjectiveConfig {
        Parametrisation.named(parametrisation, sigmaData);
        if (!kind.matches("dsm|esm|ssm|ssm-vr")) {
            throw new InputException("kind '" + kind + "' is unknown; use dsm, esm, ssm or ssm-vr");
        }
        if (projections < 1) {
            throw new InputException("projections must be at least 1, got " + projections);
        }
    }

    public ObjectiveConfig withKind(String kind) {
        return new ObjectiveConfig(kind, parametrisation, sigmaData, weighting, times, probe, projections);
    }

    public ObjectiveConfig withProbe(Probe probe) {
        return new ObjectiveConfig(kind, parametrisation, sigmaData, weighting, times, probe, projections);
    }

    public Objective build(NetworkScore score) {
        return switch (kind) {
            case "dsm" -> new DenoisingScoreMatching(score, weighting);
            case "esm" -> new NoisedScoreMatching(score, weighting, new ExplicitScoreMatching());
            default -> new NoisedScoreMatching(score, weighting, new SlicedScoreMatching(probe, projections, kind.equals("ssm-vr")));
        };
    }
}
