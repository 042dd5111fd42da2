package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.CrossAttention;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.Tweedie;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.tests.engine.Backends;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.Weighting;
import dev.langevin.training.optim.Optimiser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows N-CLSEMB, N-XATTN: the class reaches the output (mistake X-34), as a score of p_t(x | y) too. */
class ConditioningTest {
    private static final int CLASSES = 3;

    private final CpuBackend backend = new CpuBackend();
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

    private static UNetConfig config(String conditioning) {
        UNetConfig plain = new UNetConfig(8, 1, 8, List.of(1, 2), 1, 12, "fourier", 2, "film", "nearest", List.of(4), true, 2, 4, 0, false);
        return conditioning.equals("none") ? plain : plain.withClasses(new ClassConfig(CLASSES, conditioning, 4));
    }

    private static ScoreUNet network(String conditioning) {
        ScoreUNet net = new ScoreUNet(config(conditioning), Parameters.create(3));
        Weights.perturbZeros(net);
        return net;
    }

    private static Tensor images(int n) {
        return Tensor.normal(Shape.of(n, 8, 8, 1), new RandomKey(1, 1, 0, 0));
    }

    static List<Backend> backends() {
        return Backends.all();
    }

    @ParameterizedTest
    @MethodSource("backends")
    void crossAttentionIsTheTripleLoop(Backend backend) {
        int n = 2;
        int pixels = 11;
        int tokens = 5;
        int heads = 3;
        int d = 4;
        int c = heads * d;
        try (Scope own = Scope.open(backend)) {
            Tensor[] in = {Tensor.normal(Shape.of(n, pixels, c), new RandomKey(1, 1, 0, 0)),
                Tensor.normal(Shape.of(n, tokens, c), new RandomKey(1, 2, 0, 0)), Tensor.normal(Shape.of(n, tokens, c), new RandomKey(1, 3, 0, 0))};
            double[] q = in[0].toDoubles();
            double[] k = in[1].toDoubles();
            double[] v = in[2].toDoubles();
            double[] y = CrossAttention.attend(in[0], in[1], in[2], heads).toDoubles();
            for (int i = 0; i < n * heads; i++) {
                int image = i / heads;
                int first = i % heads * d;
                for (int a = 0; a < pixels; a++) {
                    double[] weights = new double[tokens];
                    for (int b = 0; b < tokens; b++) {
                        double dot = 0;
                        for (int e = first; e < first + d; e++) {
                            dot += q[(image * pixels + a) * c + e] * k[(image * tokens + b) * c + e];
                        }
                        weights[b] = Math.exp(dot / Math.sqrt(d));
                    }
                    double sum = Arrays.stream(weights).sum();
                    for (int e = first; e < first + d; e++) {
                        double expected = 0;
                        for (int b = 0; b < tokens; b++) {
                            expected += weights[b] / sum * v[(image * tokens + b) * c + e];
                        }
                        assertEquals(expected, y[(image * pixels + a) * c + e], 1e-5);
                    }
                }
            }
        }
    }

    /** Each of the K classes and "none" gives another output; no labels at all is "none". */
    @ParameterizedTest
    @ValueSource(strings = {"embedding", "cross-attention"})
    void theOutputDependsOnTheClass(String conditioning) {
        ScoreUNet net = network(conditioning);
        Tensor x = images(1);
        Tensor t = Tensor.of(Shape.of(1), 0.4);
        List<float[]> outputs = new ArrayList<>();
        for (int y = 0; y <= CLASSES; y++) {
            float[] output = net.forward(x, t, new int[] {y}, null).toArray();
            for (float[] other : outputs) {
                assertTrue(farthest(output, other) > 1e-3, "class " + y + " moves the output by " + farthest(output, other));
            }
            outputs.add(output);
        }
        assertArrayEquals(outputs.getLast(), net.forward(x, t, null).toArray(), "without labels");
        float[] batch = net.forward(Tensor.concat(0, x, x, x), Tensor.full(Shape.of(3), 0.4), new int[] {2, CLASSES, 0}, null).toArray();
        assertArrayEquals(outputs.get(2), Arrays.copyOfRange(batch, 0, 64), 1e-6f);
        assertArrayEquals(outputs.get(CLASSES), Arrays.copyOfRange(batch, 64, 128), 1e-6f);
        assertArrayEquals(outputs.get(0), Arrays.copyOfRange(batch, 128, 192), 1e-6f);
    }

    private static double farthest(float[] a, float[] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    /** Of the table, the rows of the classes in the batch and no others; of the rest, every weight. */
    @ParameterizedTest
    @ValueSource(strings = {"embedding", "cross-attention"})
    void theGradientReachesTheTable(String conditioning) {
        ScoreUNet net = network(conditioning);
        List<String> names = net.parameters().map().entrySet().stream().filter(e -> e.getValue().requiresGrad()).map(java.util.Map.Entry::getKey).toList();
        Tensor[] wrt = names.stream().map(net.parameters().map()::get).toArray(Tensor[]::new);
        Tensor y = net.forward(images(2), Tensor.of(Shape.of(2), 0.2, 0.7), new int[] {2, CLASSES}, null);
        Tensor[] g = Autograd.gradients(y.mul(images(2).add(0.3)).sum(), false, wrt);
        for (int i = 0; i < g.length; i++) {
            if (names.get(i).equals("class_emb.weight")) {
                double[] rows = g[i].abs().sum(1).toDoubles();
                assertTrue(rows[0] == 0 && rows[1] == 0 && rows[2] > 0 && rows[3] > 0, Arrays.toString(rows));
            }
            // A shift of all keys changes no softmax; of "kv.bias", the half of the values remains.
            assertTrue(g[i].abs().max().item() > 0, names.get(i) + " has no gradient");
        }
    }

    /** Classes add names and leave the others as they are, values included where these come first. */
    @Test
    void namesOfWeightsAreStable() {
        List<String> plain = List.copyOf(network("none").parameters().map().keySet());
        List<String> embedded = new ArrayList<>(network("embedding").parameters().map().keySet());
        assertTrue(embedded.remove("class_emb.weight"));
        assertEquals(plain, embedded);
        List<String> attended = new ArrayList<>(network("cross-attention").parameters().map().keySet());
        List<String> added = attended.stream().filter(n -> !plain.contains(n)).toList();
        attended.removeAll(added);
        assertEquals(plain, attended);
        List<String> expected = new ArrayList<>(List.of("class_emb.weight"));
        for (String block : List.of("encoder_cross_attention.1", "middle_cross_attention", "decoder_cross_attention.0", "decoder_cross_attention.1")) {
            for (String weight : List.of("norm.weight", "norm.bias", "q.weight", "q.bias", "kv.weight", "kv.bias", "proj.weight", "proj.bias")) {
                expected.add(block + "." + weight);
            }
        }
        assertEquals(expected, added);
        assertEquals(Shape.of(CLASSES + 1, 12), network("embedding").parameters().map().get("class_emb.weight").shape());
        assertEquals(Shape.of(CLASSES + 1, 48), network("cross-attention").parameters().map().get("class_emb.weight").shape());
    }

    /** score.given(y) is a score function like any other; one label serves a batch of any size. */
    @Test
    void theConditionalScore() {
        NetworkScore score = new NetworkScore(network("embedding"), Parametrisation.NOISE, new VpSde());
        Tensor x = images(3);
        float[] mixed = score.given(1, 0, CLASSES).score(x, 0.3).toArray();
        assertArrayEquals(Arrays.copyOfRange(score.given(1).score(x, 0.3).toArray(), 0, 64), Arrays.copyOfRange(mixed, 0, 64), 1e-5f);
        assertArrayEquals(Arrays.copyOfRange(score.given(0).score(x, 0.3).toArray(), 64, 128), Arrays.copyOfRange(mixed, 64, 128), 1e-5f);
        assertArrayEquals(Arrays.copyOfRange(score.score(x, 0.3).toArray(), 128, 192), Arrays.copyOfRange(mixed, 128, 192), 1e-5f);
        assertArrayEquals(score.given(1).score(x, 0.3).toArray(), score.given(1).score(x, new double[] {0.3, 0.3, 0.3}).toArray(), 1e-5f);
    }

    /**
     * Trained as a Trainer would, on images that are -0.6 or 0.6 throughout by their class, a quarter of the labels dropped:
     * the denoiser at a time of more noise than signal gives the mean of the class it is told, and with none that of both. The exact
     * means are +-0.6 and, by symmetry, 0 on average over noise about x = 0.
     */
    @Test
    void aTrainedNetworkHeedsTheClass() {
        Sde sde = new VpSde();
        UNetConfig config = new UNetConfig(4, 1, 8, List.of(1, 1), 1, 16, "sinusoidal", 100, "film", "nearest", List.of(), false, 1, 4, 0, false)
                .withClasses(new ClassConfig(2, "embedding", 1));
        ScoreUNet net = new ScoreUNet(config, Parameters.create(3));
        NetworkScore score = new NetworkScore(net, Parametrisation.V, sde);
        Optimiser optimiser = new Optimiser(new Optimiser.Settings(0.9, 0.999, 1e-8, 0, 1, 0.9), net.parameters());
        int n = 16;
        for (int step = 1; step <= 120; step++) {
            try (Scope inner = Scope.open()) {
                double[] x0 = new double[n * 16];
                double[] t = new double[n];
                int[] labels = new int[n];
                for (int i = 0; i < n; i++) {
                    int y = Philox.uniform(1, 31, i, step, 0) < 0.5 ? 0 : 1;
                    Arrays.fill(x0, 16 * i, 16 * i + 16, y == 0 ? -0.6 : 0.6);
                    labels[i] = Philox.uniform(1, 32, i, step, 0) < 0.25 ? net.classes() : y;
                    t[i] = 0.2 + 0.4 * Philox.uniform(1, 33, i, step, 0);
                }
                Objective objective = new DenoisingScoreMatching(score.given(labels), Weighting.SIGMA2);
                Objective.Loss loss = objective.of(Tensor.of(Shape.of(n, 4, 4, 1), x0), t, new RandomKey(1, 34, 0, step), null);
                optimiser.step(step, 1e-2, Autograd.backward(loss.mean(), optimiser.trained()));
            }
        }
        Autograd.noGrad(() -> {
            double t = 0.4; // a = 0.44, s = 0.90
            Tensor between = Tensor.normal(Shape.of(64, 4, 4, 1), new RandomKey(1, 35, 0, 0)).mul(sde.std(t));
            assertEquals(-0.6, Tweedie.denoise(score.given(0), sde, between, t).mean().item(), 0.1);
            assertEquals(0.6, Tweedie.denoise(score.given(1), sde, between, t).mean().item(), 0.1);
            assertEquals(0, Tweedie.denoise(score, sde, between, t).mean().item(), 0.2);
            return null;
        });
    }

    @Test
    void whatCannotBeAskedIsRefused() {
        NetworkScore plain = new NetworkScore(network("none"), Parametrisation.NOISE, new VpSde());
        NoiseLabelTest.refuses("network: has no classes", () -> plain.given(0));
        NoiseLabelTest.refuses("network: has no classes", () -> network("none").forward(images(1), Tensor.zeros(Shape.of(1)), new int[] {0}, null));
        NoiseLabelTest.refuses("network: has no classes",
                () -> new ScoreMlp(2, 4, 1, 1, Parameters.create(1)).forward(Tensor.zeros(Shape.of(1, 2)), Tensor.zeros(Shape.of(1)), new int[] {0}, null));
        NetworkScore score = new NetworkScore(network("embedding"), Parametrisation.NOISE, new VpSde());
        NoiseLabelTest.refuses("no class 4; use 0 to 2, or 3 for none", () -> score.given(4));
        NoiseLabelTest.refuses("no class -1", () -> score.given(0, -1));
        NoiseLabelTest.refuses("classes of 2 examples", () -> score.given(0, 1).score(images(3), 0.5));
        NoiseLabelTest.refuses("classes of 2 examples", () -> network("embedding").forward(images(1), Tensor.zeros(Shape.of(1)), new int[] {0, 0}, null));
        NoiseLabelTest.refuses("classes.conditioning 'adagn'", () -> new ClassConfig(3, "adagn", 1));
        NoiseLabelTest.refuses("classes.number -1", () -> new ClassConfig(-1, "embedding", 1));
        NoiseLabelTest.refuses("classes.tokens 0", () -> new ClassConfig(1, "cross-attention", 0));
        UNetConfig nowhere = new UNetConfig(8, 1, 8, List.of(1), 1, 12, "sinusoidal", 1, "film", "nearest", List.of(), false, 2, 4, 0, false);
        NoiseLabelTest.refuses("classes.conditioning \"cross-attention\" follows self-attention",
                () -> nowhere.withClasses(new ClassConfig(3, "cross-attention", 4)));
        NoiseLabelTest.refuses("classes.number 2147483647", () -> nowhere.withClasses(new ClassConfig(Integer.MAX_VALUE, "embedding", 1)));
    }
}
