package dev.langevin.training.loss;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How much the error at time t counts. With e = s score(x_t, t) + z, the error of the noise prediction, sigma = s / a and
 * SNR = 1 / sigma^2, one loss has a weight for each form of the prediction:
 * <pre>w |e|^2 = w s^2 |score + z / s|^2 = w SNR |x_0 - D|^2 = w SNR / (SNR + 1) |v - v_theta|^2,</pre>
 * D the prediction of x_0. Each weighting below is its w, and is called by the loss in which it is plain.
 */
public interface Weighting {
    /** Name in configurations. */
    String name();

    /** w at least 0, the weight of |e|^2; t in (0, T]. */
    double noiseWeight(Sde sde, double t);

    /** lambda = w s^2, the weight of the squared error of the score. */
    default double scoreWeight(Sde sde, double t) {
        double s = sde.std(t);
        return s * s * noiseWeight(sde, t);
    }

    /** Plain in the noise, lambda = s^2 (Song et al. 2021; Ho et al. 2020): every noise level counts alike. SNR in x_0. */
    Weighting SIGMA2 = of("sigma2", (sde, t) -> 1);

    /** lambda = g^2: with it the loss bounds the likelihood (Song, Durkan, Murray and Ermon 2021). */
    Weighting LIKELIHOOD = of("likelihood", (sde, t) -> square(sde.diffusion(t) / sde.std(t)));

    /** Plain in the score, lambda = 1: low noise dominates, since the target grows as 1 / s. */
    Weighting UNIFORM = of("uniform", (sde, t) -> 1 / square(sde.std(t)));

    /** Plain in x_0: high noise dominates. */
    Weighting X0 = of("x0", (sde, t) -> square(sde.sigma(t)));

    /** Plain in v, SNR + 1 in x_0 (Salimans and Ho 2022). */
    Weighting V = of("v", (sde, t) -> 1 + square(sde.sigma(t)));

    /** max(SNR, 1) in x_0 (Salimans and Ho 2022): plain in the noise where that is low, in x_0 where it is high. */
    Weighting TRUNCATED_SNR = of("truncated-snr", (sde, t) -> Math.max(1, square(sde.sigma(t))));

    List<Weighting> ALL = List.of(SIGMA2, LIKELIHOOD, UNIFORM, X0, V, TRUNCATED_SNR, minSnr(5), edm(0.5));

    /**
     * min(SNR, gamma) in x_0 (Hang et al. 2023): plain in x_0 until SNR exceeds gamma, in the noise after.
     *
     * @param gamma above 0; the paper's is 5
     */
    static Weighting minSnr(double gamma) {
        if (!(gamma > 0 && Double.isFinite(gamma))) {
            throw new InputException("min-snr-gamma " + gamma + ": expected a number above 0");
        }
        return of("min-snr", (sde, t) -> Math.min(1, gamma * square(sde.sigma(t))));
    }

    /**
     * (sigma^2 + d^2) / (sigma d)^2 in x_0 (Karras et al. 2022): plain in the output of an EDM network.
     *
     * @param sigmaData d, the standard deviation of the data, above 0
     */
    static Weighting edm(double sigmaData) {
        if (!(sigmaData > 0 && Double.isFinite(sigmaData))) {
            throw new InputException("sigma-data " + sigmaData + ": expected a standard deviation above 0");
        }
        return of("edm", (sde, t) -> 1 + square(sde.sigma(t) / sigmaData));
    }

    /**
     * w / p, with p over the uniform density: of times drawn from {@code density} it makes the mean that this weighting has of
     * uniform ones (importance sampling).
     */
    default Weighting over(TimeDensity density) {
        return of(name(), (sde, t) -> noiseWeight(sde, t) / (density.at(t) * (sde.endTime() - sde.trainingEpsilon())));
    }

    /**
     * @param minSnrGamma see {@link #minSnr}
     * @param sigmaData see {@link #edm}
     * @throws InputException when there is none of this name; the message lists those there are
     */
    static Weighting named(String name, double minSnrGamma, double sigmaData) {
        return switch (name) {
            case "min-snr" -> minSnr(minSnrGamma);
            case "edm" -> edm(sigmaData);
            default -> ALL.stream().filter(w -> w.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                    "unknown weighting '" + name + "': choose one of " + ALL.stream().map(Weighting::name).collect(Collectors.joining(", "))));
        };
    }

    /** A function of t for an SDE. */
    @FunctionalInterface
    interface Weight {
        double at(Sde sde, double t);
    }

    private static Weighting of(String name, Weight noiseWeight) {
        return new Weighting() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double noiseWeight(Sde sde, double t) {
                return noiseWeight.at(sde, t);
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    private static double square(double v) {
        return v * v;
    }
}
