package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.CnnConfig;
import dev.langevin.model.nn.NcsnConfig;
import dev.langevin.model.nn.NcsnppConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreCnn;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNcsn;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows N-MLP, N-CNN, N-NCSN, N-UNET, N-NCSNPP, N-CLSEMB, N-XATTN, N-RES, N-FILM, N-ADAGN, N-ATTN, N-GN, E-SIN, E-FOUR, E-SIG,
 * E-IDX, E-MLP: gradients of whole networks against central differences on the reference backend. Parameters are held as float32 by {@link Tensor#write} only to 24 bits,
 * so steps are powers of 2 that every weight takes exactly: h = 2^-14 leaves a truncation error of h^2 f'''/6 ~ 1e-9 f'''
 * and a rounding error of 1e-16 f / h ~ 1e-12 f; 1e-5 of the largest gradient lets f''' be ten thousand times f'.
 */
class NetworkGradientTest {
    private static final double STEP = 0x1p-14;
    private static final double TOLERANCE = 1e-5;
    private static final int WEIGHTS_TRIED = 2;

    @Test
    void mlp() {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreMlp net = new ScoreMlp(2, 12, 3, 10, Parameters.create(2));
            Tensor x = Tensor.normal(Shape.of(5, 2), new RandomKey(1, 1, 0, 0));
            assertEquals(Shape.of(5, 2), net.forward(x, Tensor.full(Shape.of(5), 0.3), null).shape());
            // Features (12), two layers of the embedding, three layers with their times, the output.
            assertEquals(2 * (12 * 12 + 12) + (2 * 12 + 12) + 2 * (12 * 12 + 12) + 3 * (12 * 12 + 12) + (12 * 2 + 2), net.parameters().count());
            check(net, x);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shift", "film", "adagn"})
    void tinyUNet(String conditioning) {
        boolean shift = conditioning.equals("shift");
        UNetConfig config = new UNetConfig(4, 2, 4, List.of(1, 2), 1, 6, shift ? "fourier" : "sinusoidal", shift ? 1 : 10, conditioning,
                shift ? "nearest" : "transposed", List.of(2), true, 2, 2, 0.25, false);
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreUNet net = new ScoreUNet(config, Parameters.create(2));
            setNormal(net.parameters().map().get("out_conv.weight"));
            check(net, Tensor.normal(Shape.of(2, 4, 4, 2), new RandomKey(1, 1, 0, 0)));
        }
    }

    /** Each kind of features; the label counts levels where it is looked up. */
    @ParameterizedTest
    @ValueSource(strings = {"sinusoidal", "fourier", "linear", "lookup"})
    void cnn(String features) {
        CnnConfig config = new CnnConfig(5, 2, 4, 2, 6, features, 1, label(features));
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreCnn net = new ScoreCnn(config, Parameters.create(2));
            setNormal(net.parameters().map().get("out.weight"));
            check(net, Tensor.normal(Shape.of(2, 5, 5, 2), new RandomKey(1, 1, 0, 0)));
        }
    }

    /** 7 pixels, 4 and 2: each way up is cropped. */
    @ParameterizedTest
    @CsvSource({"instance, lookup", "group, linear"})
    void ncsn(String norm, String features) {
        NcsnConfig config = new NcsnConfig(7, 2, 4, List.of(1, 2, 1), norm, 2, 6, features, 0.5, label(features));
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreNcsn net = new ScoreNcsn(config, Parameters.create(2));
            setNormal(net.parameters().map().get("out_conv.weight"));
            check(net, Tensor.normal(Shape.of(2, 7, 7, 2), new RandomKey(1, 1, 0, 0)));
        }
    }

    static List<UNetConfig> parts() {
        ClassConfig embedding = new ClassConfig(2, "embedding", 1);
        ClassConfig attended = new ClassConfig(2, "cross-attention", 3);
        return List.of(
                unet("nearest", "lookup", ClassConfig.NONE, new NcsnppConfig("pooled", "ddpm", true, "none", "none")),
                unet("fir", "linear", embedding, new NcsnppConfig("fir", "ddpm", false, "input-skip", "none")),
                unet("fir", "fourier", ClassConfig.NONE, new NcsnppConfig("pooled", "biggan", false, "none", "output-skip")),
                unet("nearest", "fourier", attended, new NcsnppConfig("fir", "biggan", true, "residual", "none")),
                unet("transposed", "linear", ClassConfig.NONE, new NcsnppConfig("strided", "ddpm", true, "none", "residual")),
                unet("fir", "lookup", attended, new NcsnppConfig("fir", "biggan", true, "residual", "residual")));
    }

    private static UNetConfig unet(String upsampling, String features, ClassConfig classes, NcsnppConfig parts) {
        return new UNetConfig(4, 1, 4, List.of(1, 1), 1, 6, features, 1, "adagn", upsampling, List.of(2), false, 2, 2, 0, false,
                label(features), classes, parts);
    }

    /** N-CLSEMB, N-XATTN, N-NCSNPP. */
    @ParameterizedTest
    @MethodSource("parts")
    void unetWithParts(UNetConfig config) {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            ScoreUNet net = new ScoreUNet(config, Parameters.create(2));
            Weights.perturbZeros(net);
            check(net, Tensor.normal(Shape.of(2, 4, 4, 1), new RandomKey(1, 1, 0, 0)));
        }
    }

    private static NoiseLabel label(String features) {
        return features.equals("lookup") ? new NoiseLabel(NoiseLabel.Kind.INDEX, 3) : NoiseLabel.PLAIN;
    }

    private static void setNormal(Tensor weight) {
        weight.write(Tensor.normal(Shape.of(1, weight.size()), new RandomKey(3, 3, 0, 0)).toArray());
    }

    /** The same dropout mask each time: it is a function of its key. */
    private static Tensor loss(ScoreNetwork net, Tensor x) {
        double[] times = new double[x.dim(0)];
        for (int i = 0; i < times.length; i++) {
            times[i] = net.noise().kind() == NoiseLabel.Kind.INDEX ? 1 + i : 0.1 + 0.15 * i;
        }
        int[] labels = {0, net.classes()};
        Tensor y = net.forward(x, Tensor.of(Shape.of(times.length), times), net.classes() == 0 ? null : labels, new RandomKey(4, 4, 0, 1));
        return y.mul(Tensor.normal(y.shape(), new RandomKey(1, 2, 0, 0))).sum().add(y.square().sum());
    }

    private static void check(ScoreNetwork net, Tensor x) {
        check(net.parameters().map(), () -> loss(net, x));
    }

    /** The gradients of {@code loss}, a function of the parameters, which are rounded. */
    static void check(Map<String, Tensor> parameters, Supplier<Tensor> loss) {
        String[] names = parameters.entrySet().stream().filter(e -> e.getValue().requiresGrad()).map(Map.Entry::getKey).toArray(String[]::new);
        for (String name : names) {
            round(parameters.get(name));
        }
        Tensor[] wrt = new Tensor[names.length];
        double[][] analytic = new double[names.length][];
        for (int i = 0; i < wrt.length; i++) {
            wrt[i] = parameters.get(names[i]);
        }
        double largest = 0;
        try (Scope inner = Scope.open()) {
            Tensor[] g = Autograd.gradients(loss.get(), false, wrt);
            for (int i = 0; i < g.length; i++) {
                analytic[i] = g[i].toDoubles();
                for (double v : analytic[i]) {
                    largest = Math.max(largest, Math.abs(v));
                }
            }
        }
        for (int i = 0; i < wrt.length; i++) {
            for (int k = 0; k < WEIGHTS_TRIED; k++) {
                int e = (int) (Philox.uniform(8, 8, i, k, 0) * wrt[i].size());
                double numeric = (at(loss, wrt[i], e, STEP) - at(loss, wrt[i], e, -STEP)) / (2 * STEP);
                assertTrue(Math.abs(numeric - analytic[i][e]) <= TOLERANCE * largest, names[i] + "[" + e + "]: autograd " + analytic[i][e]
                        + ", central difference " + numeric + ", " + Math.abs(numeric - analytic[i][e]) / (TOLERANCE * largest) + " of the tolerance");
            }
        }
    }

    /** Whole multiples of 2^-16: float32 holds them, and their neighbours a step away, exactly. */
    private static void round(Tensor weight) {
        float[] values = weight.toArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.round(values[i] * 65536) / 65536f;
        }
        weight.write(values);
    }

    private static double at(Supplier<Tensor> loss, Tensor weight, int element, double step) {
        float[] before = weight.toArray();
        float[] moved = before.clone();
        moved[element] += (float) step;
        weight.write(moved);
        try (Scope inner = Scope.open()) {
            return Autograd.noGrad(loss).item();
        } finally {
            weight.write(before);
        }
    }
}
