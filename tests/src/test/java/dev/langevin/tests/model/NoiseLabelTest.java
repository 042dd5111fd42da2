package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.CnnConfig;
import dev.langevin.model.nn.NcsnConfig;
import dev.langevin.model.nn.NcsnppConfig;
import dev.langevin.model.nn.ScoreNetworkConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.NoiseLabel.Kind;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.TimeEmbedding;
import dev.langevin.model.nn.TimeEmbedding.Features;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.NoiseLadder;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.training.config.MlpConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows E-SIG, E-IDX, E-FOUR, N-NCSN: what a network is told of the noise level, and that it hears it (mistake X-09). */
class NoiseLabelTest {
    private static final int LEVELS = 100;
    private static final NoiseLabel TIME = NoiseLabel.PLAIN;
    private static final NoiseLabel SIGMA = new NoiseLabel(Kind.SIGMA, LEVELS);
    private static final NoiseLabel LOG_SIGMA = new NoiseLabel(Kind.LOG_SIGMA, LEVELS);
    private static final NoiseLabel INDEX = new NoiseLabel(Kind.INDEX, LEVELS);

    private final ReferenceBackend backend = new ReferenceBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    /** B = 0.1 t + 9.95 t^2 = 2.5375 at t = 0.5, and sigma^2 = exp(B) - 1. */
    @Test
    void labelsOfTheVariancePreservingProcess() {
        Sde sde = new VpSde();
        double sigma = Math.sqrt(Math.expm1(2.5375));
        assertEquals(0.5, TIME.of(sde, 0.5));
        assertEquals(sigma, SIGMA.of(sde, 0.5), 1e-12);
        assertEquals(Math.log(sigma), LOG_SIGMA.of(sde, 0.5), 1e-12);
        assertEquals(50, INDEX.of(sde, 0.495), "99 (1 - 0.495) = 49.995");
        assertEquals(0, INDEX.of(sde, 1));
        assertEquals(99, INDEX.of(sde, sde.trainingEpsilon()));
    }

    /** Every level of NCSN's ladder has its own index, and so have times up to half a level away. */
    @Test
    void theIndexIsThatOfTheLadder() {
        Sde sde = new VeSde(0.01, 50);
        NoiseLadder ladder = new NoiseLadder(50, 0.01, LEVELS);
        for (int i = 0; i < LEVELS; i++) {
            double t = sde.time(ladder.level(i));
            assertEquals(i, INDEX.of(sde, t));
            assertEquals(i, INDEX.of(sde, Math.min(1, t + 0.49 / (LEVELS - 1))));
            assertEquals(i, INDEX.of(sde, Math.max(0, t - 0.49 / (LEVELS - 1))));
        }
    }

    /**
     * Neighbours of 100 geometric levels from 50 down to 0.01. Fourier features of ln sigma and table rows are as far apart
     * everywhere as random vectors are (256 sines and cosines: sqrt(256) on average); those of sigma itself differ a
     * thousandfold, and are all but equal where noise is low.
     */
    @Test
    void neighbouringLevelsAreSeparable() {
        double[] fourier = distances(Features.FOURIER, 16, LOG_SIGMA);
        assertTrue(fourier[0] > 12 && fourier[1] < 20, fourier[0] + " to " + fourier[1]);
        double[] lookup = distances(Features.LOOKUP, 1, INDEX);
        assertTrue(lookup[0] > 10 && lookup[1] < 16, lookup[0] + " to " + lookup[1] + ": sqrt(256 * 2/3) = 13 on average");
        double[] linear = distances(Features.LINEAR, 1, SIGMA);
        assertEquals(Math.pow(5000, 98.0 / 99), linear[1] / linear[0], 1, "sigma itself: the 98th power of the levels' ratio");
        double[] linearOfLog = distances(Features.LINEAR, 1, LOG_SIGMA);
        assertEquals(1, linearOfLog[1] / linearOfLog[0], 1e-3, "its logarithm: even");
    }

    /** The least and the greatest distance between the features of neighbouring levels. */
    private static double[] distances(Features kind, double scale, NoiseLabel noise) {
        Sde sde = new VeSde(0.01, 50);
        NoiseLadder ladder = new NoiseLadder(50, 0.01, LEVELS);
        TimeEmbedding embedding = new TimeEmbedding(Parameters.create(1), kind, 256, 8, scale, noise);
        double[] labels = new double[LEVELS];
        for (int i = 0; i < LEVELS; i++) {
            labels[i] = noise.of(sde, sde.time(ladder.level(i)));
        }
        Tensor f = embedding.features(Tensor.of(Shape.of(LEVELS), labels));
        double[] d = f.slice(0, 1, LEVELS).sub(f.slice(0, 0, LEVELS - 1)).norm(1).toDoubles();
        return new double[] {Arrays.stream(d).min().orElseThrow(), Arrays.stream(d).max().orElseThrow()};
    }

    /** ln(sigma) / 4, c_noise of Karras et al. 2022, table 1, is the label log-sigma at scale 1/4. */
    @Test
    void logSigmaAtAQuarterIsEdms() {
        Sde sde = new VeSde(0.002, 80);
        double sigma = 3;
        double[] f = new TimeEmbedding(Parameters.create(1), Features.SINUSOIDAL, 8, 8, 0.25, LOG_SIGMA)
                .features(Tensor.of(Shape.of(1), LOG_SIGMA.of(sde, sde.time(sigma)))).toDoubles();
        for (int i = 0; i < 4; i++) {
            assertEquals(Math.sin(Math.log(sigma) / 4 * Math.pow(10_000, -i / 3.0)), f[i], 1e-6);
        }
    }

    static List<ScoreNetworkConfig> networks() {
        UNetConfig unet = new UNetConfig(8, 1, 4, List.of(1, 2), 1, 8, "linear", 1, "adagn", "nearest", List.of(), false, 1, 2, 0, false);
        return List.of(new CnnConfig(6, 1, 4, 2, 8, "linear", 1, SIGMA), new CnnConfig(6, 1, 4, 2, 8, "fourier", 16, LOG_SIGMA),
                new CnnConfig(6, 1, 4, 2, 8, "lookup", 1, INDEX), new MlpConfig(8, 2, 30, LOG_SIGMA),
                new NcsnConfig(6, 1, 4, List.of(1, 2), "instance", 1, 8, "lookup", 1, INDEX),
                new NcsnConfig(7, 1, 4, List.of(1, 2), "group", 2, 8, "linear", 1, SIGMA),
                new NcsnConfig(6, 1, 4, List.of(1, 1), "instance", 1, 8, "fourier", 16, LOG_SIGMA),
                unet.withNoise(SIGMA), unet.withNoise(LOG_SIGMA),
                new UNetConfig(8, 1, 4, List.of(1, 2), 1, 8, "lookup", 1, "shift", "nearest", List.of(), false, 1, 2, 0, false,
                        INDEX, ClassConfig.NONE, NcsnppConfig.NONE));
    }

    /** Through {@link NetworkScore}: the network sees the label of each image's own time, and its output follows it. */
    @ParameterizedTest
    @MethodSource("networks")
    void theOutputChangesWithTheNoiseLevel(ScoreNetworkConfig config) {
        Sde sde = new VpSde();
        ScoreNetwork net = config.build(Parameters.create(3));
        Weights.perturbZeros(net);
        int[] dims = IntStream.concat(IntStream.of(1), IntStream.of(config.exampleShape())).toArray();
        Tensor x = Tensor.normal(Shape.of(dims), new RandomKey(1, 1, 0, 0));
        NetworkScore score = new NetworkScore(net, Parametrisation.NOISE, sde);
        double t = 0.5;
        double next = 0.5 + 1.01 / (LEVELS - 1); // one level on
        double a = sde.meanCoefficient(t);
        double in = Parametrisation.NOISE.in(a, sde.std(t));
        Tensor byHand = net.forward(x.mul(in), Tensor.of(Shape.of(1), net.noise().of(sde, t)), null);
        assertArrayEquals(byHand.neg().toDoubles(), score.timesStd(x, new double[] {t}, null).toDoubles(), 1e-6);
        double[] here = net.forward(x, Tensor.of(Shape.of(1), net.noise().of(sde, t)), null).toDoubles();
        double[] there = net.forward(x, Tensor.of(Shape.of(1), net.noise().of(sde, next)), null).toDoubles();
        double most = 0;
        for (int i = 0; i < here.length; i++) {
            most = Math.max(most, Math.abs(here[i] - there[i]));
        }
        assertTrue(most > 1e-4, "output moves by " + most + " at most");
        Tensor both = Tensor.concat(0, x, x);
        double[] each = score.timesStd(both, new double[] {t, next}, null).toDoubles();
        assertArrayEquals(score.timesStd(x, new double[] {next}, null).toDoubles(), Arrays.copyOfRange(each, each.length / 2, each.length), 1e-9);
    }

    @Test
    void whatCannotBeToldIsRefused() {
        refuses("noise.levels 1", () -> new NoiseLabel(Kind.INDEX, 1));
        refuses("time-features 'lookup'", () -> new CnnConfig(6, 1, 4, 2, 8, "lookup", 1, LOG_SIGMA));
        refuses("time-features 'cosine'", () -> new NcsnConfig(6, 1, 4, List.of(1), "group", 2, 8, "cosine", 1, TIME));
        refuses("time-scale NaN", () -> new CnnConfig(6, 1, 4, 2, 8, "linear", Double.NaN, SIGMA));
    }

    static void refuses(String says, Runnable build) {
        InputException e = assertThrows(InputException.class, build::run);
        assertTrue(e.getMessage().contains(says) && e.getMessage().lines().count() == 1, e.getMessage());
    }
}
