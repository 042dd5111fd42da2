package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Probe;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.data.RandomMasks;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.ExplicitScoreMatching;
import dev.langevin.training.loss.KnownParts;
import dev.langevin.training.loss.NoisedScoreMatching;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.SlicedScoreMatching;
import dev.langevin.training.loss.TimeDensity;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;

/**
 * What is minimised.
 *
 * @param kind {@code dsm} (denoising), {@code esm} (explicit), {@code ssm} or {@code ssm-vr} (sliced, plain or variance-reduced)
 * @param parametrisation what the network's output means: {@code score}, {@code noise}, {@code x0}, {@code v} or {@code edm}
 * @param sigmaData standard deviation of the data, by which {@code edm} scales, as parametrisation and as weighting
 * @param weighting name of a {@link Weighting}
 * @param minSnrGamma gamma of the weighting {@code min-snr}
 * @param times how times are drawn from their density
 * @param density the distribution of times
 * @param antithetic whether each example is seen under its noise and under minus that; for dsm
 * @param probe directions of the sliced objectives
 * @param projections their number for each example, at least 1
 * @param labelDropout share of the examples, in [0, 1], that a network of classes sees without their class, so that it learns the
 *        unconditional score too (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance")
 */
public record ObjectiveConfig(String kind, String parametrisation, double sigmaData, String weighting, double minSnrGamma, Times times,
        DensityConfig density, boolean antithetic, Probe probe, int projections, double labelDropout) {
    public static ObjectiveConfig defaults() {
        return new ObjectiveConfig("dsm", "noise", 0.5, "sigma2", 5, Times.STRATIFIED, DensityConfig.defaults(), false, Probe.RADEMACHER, 1, 0.1);
    }

    public ObjectiveConfig {
        Parametrisation.named(parametrisation, sigmaData);
        Weighting.named(weighting, minSnrGamma, sigmaData);
        Weighting.minSnr(minSnrGamma);
        Weighting.edm(sigmaData);
        if (!kind.matches("dsm|esm|ssm|ssm-vr")) {
            throw new InputException("kind '" + kind + "' is unknown; use dsm, esm, ssm or ssm-vr");
        }
        if (antithetic && !kind.equals("dsm")) {
            throw new InputException("antithetic is of kind dsm, not of " + kind);
        }
        if (projections < 1) {
            throw new InputException("projections must be at least 1, got " + projections);
        }
        if (!(labelDropout >= 0 && labelDropout <= 1)) {
            throw new InputException("label-dropout must lie between 0 and 1, got " + labelDropout);
        }
    }

    public ObjectiveConfig withKind(String kind) {
        return new ObjectiveConfig(kind, parametrisation, sigmaData, weighting, minSnrGamma, times, density, antithetic, probe, projections, labelDropout);
    }

    public ObjectiveConfig withProbe(Probe probe) {
        return new ObjectiveConfig(kind, parametrisation, sigmaData, weighting, minSnrGamma, times, density, antithetic, probe, projections, labelDropout);
    }

    public ObjectiveConfig withLabelDropout(double labelDropout) {
        return new ObjectiveConfig(kind, parametrisation, sigmaData, weighting, minSnrGamma, times, density, antithetic, probe, projections, labelDropout);
    }

    /** The distribution of times under {@code sde}. */
    public TimeDensity density(Sde sde) {
        return density.build(sde, Weighting.named(weighting, minSnrGamma, sigmaData));
    }

    /** The loss of examples at times of {@link #density(Sde)}; with random parts of them known where the network can be told. */
    public Objective build(NetworkScore score) {
        return score.network().inpaints() ? new KnownParts(score, RandomMasks.usual(), this::plain) : plain(score);
    }

    private Objective plain(NetworkScore score) {
        Weighting named = Weighting.named(weighting, minSnrGamma, sigmaData);
        Weighting w = density.kind().equals("importance") ? named.over(density(score.sde())) : named;
        return switch (kind) {
            case "dsm" -> new DenoisingScoreMatching(score, w, antithetic);
            case "esm" -> new NoisedScoreMatching(score, w, new ExplicitScoreMatching());
            default -> new NoisedScoreMatching(score, w, new SlicedScoreMatching(probe, projections, kind.equals("ssm-vr")));
        };
    }
}
