package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedules;
import dev.langevin.sampling.guidance.ThresholdedScore;
import dev.langevin.sampling.ode.Churn;
import dev.langevin.training.config.SamplingConfig;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Which sampler, and the options that choose and tell it. */
final class SamplerChoice {
    @Option(names = "--sampler", paramLabel = "NAME", completionCandidates = Names.OfSamplers.class,
            description = "One of ${COMPLETION-CANDIDATES}; pc is reverse-diffusion+langevin, euler-ancestral is ancestral. Default: the run's own.")
    private String name;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the sampler. Default: the run's own number.")
    private Integer steps;

    @Option(names = "--schedule", paramLabel = "NAME", completionCandidates = Names.OfSchedules.class,
            description = "How the steps are spread: one of ${COMPLETION-CANDIDATES}. Default: the sampler's own.")
    private String schedule;

    @Option(names = "--snr", paramLabel = "R",
            description = "Signal-to-noise ratio of Langevin steps, above 0; larger takes larger steps. Default: 0.16 in a corrector, 0.4 in annealed-langevin.")
    private Double snr;

    @Option(names = "--corrector-steps", paramLabel = "N", description = "Langevin steps at each time or noise level, at least 1. Default: 1.")
    private Integer correctorSteps;

    @Option(names = "--eta", paramLabel = "ETA",
            description = "Share of noise that ddim draws anew, from 0 (deterministic) to 1 (ancestral sampling). Default: 0.")
    private Double eta;

    @Option(names = "--churn", split = ",", paramLabel = "S[,MIN,MAX[,NOISE]]",
            description = "Noise that edm adds before its steps: how much, in S_churn of Karras et al. 2022 (0 to some 80); between which noise levels; its "
                    + "standard deviation. Default: 0; at all levels; 1.")
    private double[] churn;

    @Option(names = "--tolerance", paramLabel = "TOL",
            description = "Tolerance of a sampler that chooses its steps itself, relative and absolute, above 0 and below 1. Default: the sampler's own.")
    private Double tolerance;

    @Option(names = "--threshold", paramLabel = "P",
            description = "Keeps denoised images in range at each step: clips each to its own percentile P, such as 99.5, and scales it by that where it is "
                    + "above 1 (dynamic thresholding); 'static' clips to [-1, 1]. Off by default.")
    private String threshold;

    /** The first option that chooses a sampler, or tells it anything but its steps, that the user gave. */
    Optional<String> given() {
        return Stream.of(named("--sampler", name), named("--snr", snr), named("--corrector-steps", correctorSteps), named("--eta", eta), named("--churn", churn),
                named("--tolerance", tolerance)).flatMap(Optional::stream).findFirst();
    }

    private static Optional<String> named(String option, Object value) {
        return value == null ? Optional.empty() : Optional.of(option);
    }

    /** Whether the user named a sampler. */
    boolean isNamed() {
        return name != null;
    }

    /** @param usual the sampler unless the user names one; its settings hold for it alone */
    Sampler sampler(SamplingConfig usual) {
        String chosen = name != null ? name : usual.sampler();
        Samplers.named(chosen); // a slip in the name is told before any other
        Choice choice = new Choice(chosen, chosen.equals(usual.sampler()) ? usual.settings() : SamplerSettings.usual());
        if (snr != null) {
            must(snr > 0 && Double.isFinite(snr), "--snr", snr, "a number above 0");
            choice = choice.with("--snr", s -> s.withSnr(snr), s -> s.withSnr(2 * snr));
        }
        if (correctorSteps != null) {
            must(correctorSteps >= 1, "--corrector-steps", correctorSteps, "a number of at least 1");
            choice = choice.with("--corrector-steps", s -> s.withCorrectorSteps(correctorSteps), s -> s.withCorrectorSteps(correctorSteps + 1));
        }
        if (eta != null) {
            must(eta >= 0 && eta <= 1, "--eta", eta, "a number from 0 to 1");
            choice = choice.with("--eta", s -> s.withEta(eta), s -> s.withEta(eta < 0.5 ? 1 : 0));
        }
        if (churn != null) {
            Churn given = churn();
            choice = choice.with("--churn", s -> s.withChurn(given), s -> s.withChurn(Churn.of(given.amount() + 1)));
        }
        if (tolerance != null) {
            must(tolerance > 0 && tolerance < 1, "--tolerance", tolerance, "a number above 0 and below 1");
            choice = choice.with("--tolerance", s -> s.withTolerance(tolerance), s -> s.withTolerance(0.5 * tolerance));
        }
        return Samplers.named(chosen, choice.settings());
    }

    /** The score as the sampler is to see it. */
    ScoreFunction bounded(ScoreFunction score, Sde sde) {
        if (threshold == null) {
            return score;
        }
        if (threshold.equals("static")) {
            return ThresholdedScore.clipped(score, sde);
        }
        try {
            return ThresholdedScore.dynamic(score, sde, Double.parseDouble(threshold));
        } catch (NumberFormatException | InputException e) {
            throw new InputException("--threshold " + threshold + ": give a percentile above 0 and at most 100, or 'static'");
        }
    }

    /** Whether denoised images are kept in range. */
    boolean bounds() {
        return threshold != null;
    }

    private Churn churn() {
        if (churn.length == 1 || churn.length == 3 || churn.length == 4) {
            double min = churn.length == 1 ? 0 : churn[1];
            double max = churn.length == 1 ? Double.POSITIVE_INFINITY : churn[2];
            double noise = churn.length == 4 ? churn[3] : 1;
            if (churn[0] >= 0 && Double.isFinite(churn[0]) && min >= 0 && max >= min && noise > 0 && Double.isFinite(noise)) {
                return new Churn(churn[0], min, max, noise);
            }
        }
        throw new InputException("--churn " + Arrays.toString(churn) + ": give S, or S,MIN,MAX, or S,MIN,MAX,NOISE with S >= 0, 0 <= MIN <= MAX and NOISE > 0");
    }

    private static void must(boolean fits, String option, Number value, String expected) {
        if (!fits) {
            throw new InputException(option + " " + value + ": give " + expected);
        }
    }

    private record Choice(String sampler, SamplerSettings settings) {
        /** Refuses an option that the sampler takes no notice of: one that is the same with another value. */
        Choice with(String option, UnaryOperator<SamplerSettings> given, UnaryOperator<SamplerSettings> other) {
            if (Samplers.named(sampler, given.apply(settings)).equals(Samplers.named(sampler, other.apply(settings)))) {
                throw new InputException(option + ": sampler '" + sampler + "' takes no notice of it; leave it out, or choose another with --sampler");
            }
            return new Choice(sampler, given.apply(settings));
        }
    }

    /**
     * @param usual the number of steps unless the user gives one
     * @throws InputException for steps or a schedule that the sampler does not follow
     */
    SampleOptions options(Sampler sampler, int usual, long seed) {
        if (steps != null) {
            must(steps >= 1, "--steps", steps, "a number of at least 1");
        }
        if (sampler.adaptive() && (steps != null || schedule != null)) {
            throw new InputException((steps != null ? "--steps" : "--schedule") + ": sampler '" + sampler.name()
                    + "' chooses its steps itself; leave the option out, or choose another with --sampler");
        }
        SampleOptions options = SampleOptions.of(steps != null ? steps : usual, seed);
        return schedule == null ? options : options.withSchedule(Schedules.named(schedule));
    }
}
