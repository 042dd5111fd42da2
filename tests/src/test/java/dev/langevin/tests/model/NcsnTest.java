package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.ClassConfig;
import dev.langevin.model.nn.CnnConfig;
import dev.langevin.model.nn.NcsnConfig;
import dev.langevin.model.nn.NcsnppConfig;
import dev.langevin.model.nn.ScoreNetworkConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.tests.engine.Backends;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows N-CNN, N-NCSN: shapes (mistake X-05), the zero start, gradients to every weight, and each backend against double. */
class NcsnTest {
    /** Of the largest: as in GoldenUNetTest. */
    private static final double TOLERANCE = 1e-5;

    private static NcsnConfig ncsn(int size, List<Integer> mults, String norm) {
        return new NcsnConfig(size, 1, 4, mults, norm, 2, 8, "fourier", 2, NoiseLabel.PLAIN);
    }

    /** 28, 14, 7, 4 pixels and back; three times doubled, 4 would be 32. */
    static List<ScoreNetworkConfig> networks() {
        return List.of(ncsn(28, List.of(1, 1, 2, 2), "instance"), ncsn(27, List.of(1, 2, 1), "group"), ncsn(5, List.of(1), "instance"),
                ncsn(2, List.of(1, 2, 1), "group"),
                new CnnConfig(28, 1, 6, 3, 8, "sinusoidal", 999, NoiseLabel.PLAIN), new CnnConfig(1, 3, 2, 1, 3, "linear", 1, NoiseLabel.PLAIN));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void shapeZeroStartAndGradients(ScoreNetworkConfig config) {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ScoreNetwork net = config.build(Parameters.create(3));
            int[] d = config.exampleShape();
            Shape image = Shape.of(2, d[0], d[1], d[2]);
            Tensor x = Tensor.normal(image, new RandomKey(1, 1, 0, 0)).requireGrad();
            Tensor t = Tensor.of(Shape.of(2), 0, 1);
            Tensor y = net.forward(x, t, null);
            assertEquals(image, y.shape());
            assertArrayEquals(new float[image.size()], y.toArray());
            Weights.perturbZeros(net);
            List<String> names = net.parameters().map().entrySet().stream().filter(e -> e.getValue().requiresGrad()).map(Map.Entry::getKey).toList();
            Tensor[] wrt = names.stream().map(net.parameters().map()::get).toArray(Tensor[]::new);
            Tensor[] g = Autograd.gradients(net.forward(x, t, null).mul(Tensor.normal(image, new RandomKey(1, 2, 0, 0))).sum(), false, wrt);
            for (int i = 0; i < g.length; i++) {
                double most = g[i].abs().max().item();
                assertTrue(most > 0 && Double.isFinite(most), names.get(i) + " has no gradient");
            }
        }
    }

    static List<ScoreNetworkConfig> onEveryBackend() {
        return List.of(new CnnConfig(5, 2, 9, 2, 8, "sinusoidal", 10, NoiseLabel.PLAIN), ncsn(5, List.of(1, 2), "instance"), ncsn(3, List.of(1, 3), "group"),
                new UNetConfig(4, 1, 4, List.of(1, 2), 1, 8, "fourier", 2, "adagn", "fir", List.of(2), true, 2, 2, 0, false, NoiseLabel.PLAIN,
                        new ClassConfig(3, "cross-attention", 2), new NcsnppConfig("fir", "biggan", true, "residual", "output-skip")));
    }

    /** Value and gradients to the image and to every weight, in float32 and in double. */
    @ParameterizedTest
    @MethodSource("onEveryBackend")
    void everyBackendAgreesWithTheReference(ScoreNetworkConfig config) {
        double[][] exact;
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            exact = valueAndGradients(config);
        }
        double[] largest = new double[2]; // of the value, of the gradients
        for (int i = 0; i < exact.length; i++) {
            largest[Math.min(1, i)] = Math.max(largest[Math.min(1, i)], Arrays.stream(exact[i]).map(Math::abs).max().orElseThrow());
        }
        for (Backend backend : Backends.fast()) {
            try (Scope scope = Scope.open(backend)) {
                double[][] fast = valueAndGradients(config);
                for (int i = 0; i < exact.length; i++) {
                    assertArrayEquals(exact[i], fast[i], TOLERANCE * largest[Math.min(1, i)], Backends.label(backend) + ", tensor " + i);
                }
            }
        }
    }

    private static double[][] valueAndGradients(ScoreNetworkConfig config) {
        ScoreNetwork net = config.build(Parameters.create(3));
        Weights.perturbZeros(net);
        int[] d = config.exampleShape();
        Tensor x = Tensor.normal(Shape.of(3, d[0], d[1], d[2]), new RandomKey(1, 1, 0, 0)).requireGrad();
        int[] labels = net.classes() == 0 ? null : new int[] {0, 2, 3};
        Tensor y = net.forward(x, Tensor.of(Shape.of(3), 0.1, 0.4, 0.9), labels, null);
        List<Tensor> wrt = new java.util.ArrayList<>(List.of(x));
        net.parameters().map().values().stream().filter(Tensor::requiresGrad).forEach(wrt::add);
        Tensor[] g = Autograd.gradients(y.mul(Tensor.normal(y.shape(), new RandomKey(1, 2, 0, 0))).sum(), false, wrt.toArray(Tensor[]::new));
        double[][] all = new double[g.length + 1][];
        all[0] = y.toDoubles();
        for (int i = 0; i < g.length; i++) {
            all[i + 1] = g[i].toDoubles();
        }
        return all;
    }

    @Test
    void whatCannotBeBuiltIsRefused() {
        NoiseLabelTest.refuses("norm 'batch'", () -> ncsn(28, List.of(1), "batch"));
        NoiseLabelTest.refuses("norm 'instance' of the last scale's single pixel", () -> ncsn(4, List.of(1, 1, 1), "instance"));
        NoiseLabelTest.refuses("does not divide by groups 2", () -> new NcsnConfig(8, 1, 5, List.of(1), "group", 2, 8, "linear", 1, NoiseLabel.PLAIN));
        NoiseLabelTest.refuses("number of channel-mults 0", () -> ncsn(8, List.of(), "group"));
        NoiseLabelTest.refuses("channel-mults 0", () -> ncsn(8, List.of(0), "group"));
        NoiseLabelTest.refuses("11 scales", () -> ncsn(8, List.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), "group"));
        NoiseLabelTest.refuses("base-channels 65536 times 65536", () -> new NcsnConfig(1, 1, 65536, List.of(65536), "group", 1, 8, "linear", 1, NoiseLabel.PLAIN));
        NoiseLabelTest.refuses("width 1 ", () -> new CnnConfig(8, 1, 1, 1, 8, "linear", 1, NoiseLabel.PLAIN));
        NoiseLabelTest.refuses("depth 0", () -> new CnnConfig(8, 1, 2, 0, 8, "linear", 1, NoiseLabel.PLAIN));
        NoiseLabelTest.refuses("image-size 65536", () -> new CnnConfig(65536, 1, 2, 1, 8, "linear", 1, NoiseLabel.PLAIN));
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            for (ScoreNetworkConfig config : List.of(ncsn(8, List.of(1, 2), "group"), new CnnConfig(8, 1, 2, 1, 8, "linear", 1, NoiseLabel.PLAIN))) {
                ScoreNetwork net = config.build(Parameters.create(1));
                ShapeException e = Assertions.assertThrows(ShapeException.class,
                        () -> net.forward(Tensor.zeros(Shape.of(2, 7, 8, 1)), Tensor.zeros(Shape.of(2)), null));
                assertTrue(e.getMessage().contains("(2, 8, 8, 1)") && e.getMessage().contains("(2, 7, 8, 1)"), e.getMessage());
                Assertions.assertThrows(ShapeException.class, () -> net.forward(Tensor.zeros(Shape.of(2, 8, 8, 1)), Tensor.zeros(Shape.of(1)), null));
            }
        }
    }
}
