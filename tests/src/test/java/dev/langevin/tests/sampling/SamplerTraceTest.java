package dev.langevin.tests.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.Purpose;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows S-EM, S-REVD, S-ANC, S-SRK, S-PC, S-COR-LD, S-COR-ALD, S-ODE-EUL and S-ODE-HEUN: predictors with and without a
 * corrector, on every SDE, follow plain loops that write the paper's formulas out for each SDE, with the same noise, to 1e-10. It fails for
 * every wrong variant of: a halved or missing score term, a wrong sign, a missing
 * drift, a step size without its factor 2, |z| or alpha, a prior of deviation 1 for VE, noise left in the last step.
 */
class SamplerTraceTest {
    private static final int IMAGES = 3;
    private static final int PIXELS = 6;
    private static final int STEPS = 25;
    private static final long SEED = 42;
    private static final int FIRST = 5;
    private static final double SNR = 0.16;
    private static final int ROUNDS = 2;

    static Stream<Arguments> cases() {
        return Sdes.all().stream().flatMap(sde -> Stream.of("em", "reverse-diffusion", "ancestral", "ancestral-upper", "srk2", "srk4", "ode-euler", "ode-heun", "none")
                .flatMap(predictor -> Stream.of("none", "langevin", "ald").filter(corrector -> !predictor.equals("none") || corrector.equals("langevin"))
                        .map(corrector -> Arguments.of(sde.name(), predictor, corrector))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void followsThePapersFormulas(String sdeName, String predictor, String corrector) {
        Sde sde = Sdes.named(sdeName);
        GaussianScore score = GaussianScore.diagonal(sde, new double[] {1}, new double[] {0.5});
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] want = loop(sdeName, predictor, corrector);
            double[] got = Samplers.named(corrector.equals("none") ? predictor : predictor + "+" + corrector, SamplerSettings.usual().withSnr(SNR).withCorrectorSteps(ROUNDS))
                    .sample(score, sde, Shape.of(IMAGES, PIXELS, 1), SampleOptions.of(STEPS, SEED).withFirstImage(FIRST))
                    .toDoubles();
            double size = 0;
            for (double v : want) {
                size = Math.max(size, Math.abs(v));
            }
            assertArrayEquals(want, got, 1e-10 * size);
        }
    }

    private static double[] loop(String sde, String predictor, String corrector) {
        double end = sde.equals("ve") ? 1e-5 : 1e-3;
        double[] x = normal(Purpose.PRIOR, 0);
        for (int i = 0; i < x.length; i++) {
            x[i] *= sde.equals("ve") ? 50 : 1;
        }
        for (int step = 0; step < STEPS; step++) {
            double t = 1 - (1 - end) * step / STEPS;
            double next = 1 - (1 - end) * (step + 1) / STEPS;
            boolean last = step == STEPS - 1;
            double[] z = normal(Purpose.PREDICTOR, predictor.equals("srk4") ? 2 * step : step);
            double[] second = normal(Purpose.PREDICTOR, 2 * step + 1);
            for (int i = 0; i < x.length; i++) {
                x[i] = predict(sde, predictor, x[i], t, next, last ? 0 : z[i], last ? 0 : second[i]);
            }
            if (!corrector.equals("none") && !last) {
                for (int round = 0; round < ROUNDS; round++) {
                    correct(sde, corrector, x, next, t - next, normal(Purpose.CORRECTOR, step * ROUNDS + round));
                }
            }
        }
        return x;
    }

    private static double predict(String sde, String predictor, double x, double t, double next, double z, double second) {
        double dt = t - next;
        return switch (predictor) {
            case "em" -> x - (forward(sde, x, t) - g2(sde, t) * score(sde, x, t)) * dt + Math.sqrt(g2(sde, t) * dt) * z;
            case "reverse-diffusion" -> {
                double v = switch (sde) {
                    case "vp" -> beta(t) * dt;
                    case "sub-vp" -> beta(t) * dt * (1 - Math.exp(-2 * b(t)));
                    default -> sigma(t) * sigma(t) - sigma(next) * sigma(next);
                };
                double keep = sde.equals("ve") ? 1 : 2 - Math.sqrt(1 - beta(t) * dt);
                yield keep * x + v * score(sde, x, t) + Math.sqrt(v) * z;
            }
            case "ancestral", "ancestral-upper" -> ancestral(sde, x, t, next, z, predictor.equals("ancestral"));
            case "srk2" -> {
                double there = x + reverse(sde, x, t) * dt + Math.sqrt(g2(sde, t) * dt) * z;
                yield x + (reverse(sde, x, t) + reverse(sde, there, next)) / 2 * dt + Math.sqrt((g2(sde, t) + g2(sde, next)) / 2 * dt) * z;
            }
            case "srk4" -> {
                double mid = (t + next) / 2;
                double m = Math.sqrt((g2(sde, t) + g2(sde, mid)) / 2 * dt / 2) * z;
                double n = m + Math.sqrt((g2(sde, mid) + g2(sde, next)) / 2 * dt / 2) * second;
                double k1 = reverse(sde, x, t);
                double k2 = reverse(sde, x + k1 * dt / 2 + m, mid);
                double k3 = reverse(sde, x + k2 * dt / 2 + m, mid);
                double k4 = reverse(sde, x + k3 * dt + n, next);
                yield x + (k1 + 2 * k2 + 2 * k3 + k4) * dt / 6 + n;
            }
            case "ode-euler" -> x - ode(sde, x, t) * dt;
            case "ode-heun" -> {
                double there = x - ode(sde, x, t) * dt;
                yield x - (ode(sde, x, t) + ode(sde, there, next)) / 2 * dt;
            }
            default -> x;
        };
    }

    /** Ho et al. 2020, algorithm 2 and equations 6 and 7, for VP; Song et al. 2021, equation 47, for VE; Bayes' rule for sub-VP. */
    private static double ancestral(String sde, double x, double t, double next, double z, boolean posterior) {
        return switch (sde) {
            case "vp" -> {
                double alphaBar = Math.exp(-b(t));
                double alphaBarNext = Math.exp(-b(next));
                double beta = 1 - alphaBar / alphaBarNext;
                double epsilon = -Math.sqrt(1 - alphaBar) * score(sde, x, t);
                double mean = (x - beta / Math.sqrt(1 - alphaBar) * epsilon) / Math.sqrt(1 - beta);
                yield mean + Math.sqrt(posterior ? (1 - alphaBarNext) / (1 - alphaBar) * beta : beta) * z;
            }
            case "sub-vp" -> {
                double keep = Math.exp(-(b(t) - b(next)) / 2);
                double had = Math.pow(1 - Math.exp(-b(next)), 2);
                double has = Math.pow(1 - Math.exp(-b(t)), 2);
                double added = has - keep * keep * had;
                double clean = (x + has * score(sde, x, t)) / Math.exp(-b(t) / 2);
                double precision = keep * keep / added + 1 / had;
                double mean = (keep * x / added + Math.exp(-b(next) / 2) * clean / had) / precision;
                yield mean + Math.sqrt(posterior ? 1 / precision : added) * z;
            }
            default -> {
                double step = sigma(t) * sigma(t) - sigma(next) * sigma(next);
                yield x + step * score(sde, x, t) + Math.sqrt(posterior ? sigma(next) * sigma(next) * step / (sigma(t) * sigma(t)) : step) * z;
            }
        };
    }

    private static void correct(String sde, String corrector, double[] x, double t, double dt, double[] z) {
        for (int image = 0; image < IMAGES; image++) {
            double noise = 0;
            double slope = 0;
            for (int i = image * PIXELS; i < (image + 1) * PIXELS; i++) {
                noise += z[i] * z[i];
                slope += Math.pow(score(sde, x[i], t), 2);
            }
            double alpha = sde.equals("ve") ? 1 : 1 - beta(t) * dt;
            double eps = 2 * alpha * Math.pow(SNR * (corrector.equals("ald") ? std(sde, t) : Math.sqrt(noise) / Math.sqrt(slope)), 2);
            for (int i = image * PIXELS; i < (image + 1) * PIXELS; i++) {
                x[i] += eps * score(sde, x[i], t) + Math.sqrt(2 * eps) * z[i];
            }
        }
    }

    private static double reverse(String sde, double x, double t) {
        return g2(sde, t) * score(sde, x, t) - forward(sde, x, t);
    }

    private static double ode(String sde, double x, double t) {
        return forward(sde, x, t) - 0.5 * g2(sde, t) * score(sde, x, t);
    }

    private static double forward(String sde, double x, double t) {
        return sde.equals("ve") ? 0 : -0.5 * beta(t) * x;
    }

    private static double g2(String sde, double t) {
        return switch (sde) {
            case "vp" -> beta(t);
            case "sub-vp" -> beta(t) * (1 - Math.exp(-2 * b(t)));
            default -> 2 * sigma(t) * sigma(t) * Math.log(50 / 0.01);
        };
    }

    /** Of data N(1, 0.25). */
    private static double score(String sde, double x, double t) {
        double a = sde.equals("ve") ? 1 : Math.exp(-b(t) / 2);
        return -(x - a) / (a * a * 0.25 + std(sde, t) * std(sde, t));
    }

    private static double std(String sde, double t) {
        return switch (sde) {
            case "vp" -> Math.sqrt(1 - Math.exp(-b(t)));
            case "sub-vp" -> 1 - Math.exp(-b(t));
            default -> sigma(t);
        };
    }

    private static double beta(double t) {
        return 0.1 + 19.9 * t;
    }

    private static double b(double t) {
        return 0.1 * t + 9.95 * t * t;
    }

    private static double sigma(double t) {
        return 0.01 * Math.pow(50 / 0.01, t);
    }

    private static double[] normal(Purpose purpose, int step) {
        return Tensor.normal(Shape.of(IMAGES, PIXELS, 1), new RandomKey(SEED, purpose.code(), FIRST, step)).toDoubles();
    }
}
