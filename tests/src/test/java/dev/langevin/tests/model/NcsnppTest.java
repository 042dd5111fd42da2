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
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Fir;
import dev.langevin.model.nn.NcsnppConfig;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.tests.engine.Backends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row N-NCSNPP: FIR resampling, rescaled skips, BigGAN's blocks, progressive input and output, each by itself in the U-Net. */
class NcsnppTest {
    static List<Backend> backends() {
        return Backends.all();
    }

    /** Up to the edge, where zeros beyond it would leave 7/8 of a constant at each side, and 3/4 of it after doubling. */
    @ParameterizedTest
    @MethodSource("backends")
    void constantImagesStayConstant(Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            for (int size : new int[] {2, 4, 14}) {
                Fir fir = new Fir(size);
                int half = size / 2;
                for (float v : fir.down(Tensor.full(Shape.of(2, size, size, 3), 1.7)).toArray()) {
                    assertEquals(1.7, v, 1e-6);
                }
                for (float v : fir.up(Tensor.full(Shape.of(2, half, half, 3), 1.7)).toArray()) {
                    assertEquals(1.7, v, 1e-6);
                }
            }
        }
    }

    /** <A x, y> = <x, A^T y> for the gradient as A^T, and doubling is four times the transpose of halving. */
    @ParameterizedTest
    @MethodSource("backends")
    void adjoints(Backend backend) {
        try (Scope scope = Scope.open(backend)) {
            for (int size : new int[] {2, 6, 14}) {
                Fir fir = new Fir(size);
                Tensor x = Tensor.normal(Shape.of(3, size, size, 5), new RandomKey(1, 8, 0, 0)).requireGrad();
                Tensor y = Tensor.normal(Shape.of(3, size / 2, size / 2, 5), new RandomKey(1, 9, 0, 0)).requireGrad();
                Tensor down = fir.down(x);
                Tensor up = fir.up(y);
                double left = down.mul(y).sum().item();
                assertEquals(left, x.mul(Autograd.gradients(down, y, false, x)[0]).sum().item(), 1e-3);
                assertEquals(left, x.mul(up).sum().item() / 4, 1e-3);
                assertEquals(4 * left, y.mul(Autograd.gradients(up, x, false, y)[0]).sum().item(), 4e-3);
            }
        }
    }

    /** One bright pixel: the outer product of [1 3 3 1] with itself, spread over the pixels it reaches. */
    @Test
    void theFilter() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            double[] x = new double[64];
            x[3 * 8 + 4] = 1; // the second of its pair in one direction, the first in the other
            double[] y = new Fir(8).down(Tensor.of(Shape.of(1, 8, 8, 1), x)).toDoubles();
            double[] expected = new double[16];
            double[] row = {0, 3, 1, 0};    // row 3 = 2 * 1 + 1
            double[] column = {0, 1, 3, 0}; // column 4 = 2 * 2
            for (int i = 0; i < 16; i++) {
                expected[i] = row[i / 4] * column[i % 4] / 64;
            }
            assertArrayEquals(expected, y, 1e-7);
        }
    }

    private static final NcsnppConfig NONE = NcsnppConfig.NONE;

    private static UNetConfig unet(String upsampling, NcsnppConfig parts) {
        return new UNetConfig(8, 2, 8, List.of(1, 2, 1), 1, 12, "fourier", 2, "film", upsampling, List.of(4), true, 2, 4, 0, false).withNcsnpp(parts);
    }

    static List<UNetConfig> parts() {
        return List.of(
                unet("nearest", NONE),
                unet("fir", NONE),
                unet("nearest", new NcsnppConfig("pooled", "ddpm", false, "none", "none")),
                unet("nearest", new NcsnppConfig("fir", "ddpm", false, "none", "none")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", true, "none", "none")),
                unet("nearest", new NcsnppConfig("pooled", "biggan", false, "none", "none")),
                unet("fir", new NcsnppConfig("fir", "biggan", false, "none", "none")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", false, "input-skip", "none")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", false, "residual", "none")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", true, "residual", "none")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", false, "none", "output-skip")),
                unet("nearest", new NcsnppConfig("strided", "ddpm", false, "none", "residual")),
                unet("fir", new NcsnppConfig("fir", "biggan", true, "residual", "output-skip")));
    }

    /** As UNetTest holds for the plain one: the image's shape, 0 at first, and a gradient to every weight. */
    @ParameterizedTest
    @MethodSource("parts")
    void shapeZeroStartAndGradients(UNetConfig config) {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ScoreUNet net = new ScoreUNet(config, Parameters.create(3));
            Shape image = Shape.of(2, 8, 8, 2);
            Tensor x = Tensor.normal(image, new RandomKey(1, 1, 0, 0)).requireGrad();
            Tensor t = Tensor.of(Shape.of(2), 0.2, 0.9);
            assertArrayEquals(new float[image.size()], net.forward(x, t, null).toArray());
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

    /** Whatever a part has of the weights of another network has the values of that one: still no two compute the same. */
    @Test
    void everyPartChangesTheNetwork() {
        Set<List<Float>> outputs = new HashSet<>();
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.normal(Shape.of(1, 8, 8, 2), new RandomKey(1, 1, 0, 0));
            for (UNetConfig config : parts()) {
                ScoreUNet net = new ScoreUNet(config, Parameters.create(3));
                for (Map.Entry<String, Tensor> p : net.parameters().map().entrySet()) {
                    Weights.normal(p, 0.2);
                }
                List<Float> output = new ArrayList<>();
                for (float v : net.forward(x, Tensor.of(Shape.of(1), 0.4), null).toArray()) {
                    output.add(v);
                }
                assertTrue(outputs.add(output), config.ncsnpp() + " with upsampling " + config.upsampling() + " is another's double");
            }
        }
    }

    /**
     * With branches of unit variance, every sum of two doubles the variance; by sqrt(2) it stays. Weights are drawn so that each
     * branch has variance 1: over the fan-in for convolutions of unit input, over 0.3557 of it after SiLU, E silu(z)^2 for z ~
     * N(0, 1). Eight blocks down: 2^8 unscaled.
     */
    @Test
    void rescaledSkipsKeepTheVariance() {
        Map<String, Double> plain = variances(false);
        Map<String, Double> rescaled = variances(true);
        assertEquals(8 + 2 + 9, rescaled.size());
        rescaled.forEach((name, variance) -> assertEquals(1, variance, 0.25, name));
        double expected = 1;
        for (int i = 0; i < 8; i++) {
            expected += 1;
            assertEquals(expected, plain.get("encoder." + i), 0.15 * expected, "each block of the same width adds 1");
        }
    }

    private static Map<String, Double> variances(boolean skipRescale) {
        UNetConfig config = new UNetConfig(16, 1, 64, List.of(1), 8, 8, "fourier", 1, "shift", "nearest", List.of(), false, 1, 8, 0, false)
                .withNcsnpp(new NcsnppConfig("strided", "ddpm", skipRescale, "none", "none"));
        Map<String, Double> seen = new LinkedHashMap<>();
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            ScoreUNet net = new ScoreUNet(config, Parameters.create(3));
            for (Map.Entry<String, Tensor> p : net.parameters().map().entrySet()) {
                String name = p.getKey();
                Tensor weight = p.getValue();
                if (name.contains("time") || name.endsWith("bias")) {
                    weight.write(new float[weight.size()]);
                } else if (weight.rank() == 4) {
                    // Padding: of the 9 taps over 16 x 16 pixels, (1 - 1/24)^2 lie inside.
                    double taps = weight.dim(1) == 3 ? 9 * Math.pow(23.0 / 24, 2) : 1;
                    double silu = name.contains("skip") || name.startsWith("init") ? 1 : 0.3557;
                    Weights.normal(p, 1 / Math.sqrt(weight.dim(3) * taps * silu));
                }
            }
            Tensor x = Tensor.normal(Shape.of(1, 16, 16, 1), new RandomKey(1, 1, 0, 0));
            Autograd.noGrad(() -> net.forward(x, Tensor.full(Shape.of(1), 0.5), null, null, (name, value) -> {
                if (name.matches("(encoder|middle|decoder).*")) {
                    seen.put(name, value.square().mean().item());
                }
            }));
        }
        return seen;
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        NoiseLabelTest.refuses("ncsnpp.blocks \"biggan\" resamples without weights", () -> unet("transposed", new NcsnppConfig("fir", "biggan", false, "none", "none")));
        NoiseLabelTest.refuses("ncsnpp.blocks \"biggan\" resamples without weights", () -> unet("fir", new NcsnppConfig("strided", "biggan", false, "none", "none")));
        NoiseLabelTest.refuses("ncsnpp.downsampling 'nearest'", () -> new NcsnppConfig("nearest", "ddpm", false, "none", "none"));
        NoiseLabelTest.refuses("ncsnpp.blocks 'resnet'", () -> new NcsnppConfig("fir", "resnet", false, "none", "none"));
        NoiseLabelTest.refuses("ncsnpp.progressive-input 'output-skip'", () -> new NcsnppConfig("fir", "ddpm", false, "output-skip", "none"));
        NoiseLabelTest.refuses("ncsnpp.progressive-output 'input-skip'", () -> new NcsnppConfig("fir", "ddpm", false, "none", "input-skip"));
        NoiseLabelTest.refuses("channel-mults has only one", () -> new UNetConfig(8, 1, 8, List.of(1), 1, 8, "fourier", 1, "shift", "nearest",
                List.of(), false, 1, 8, 0, false).withNcsnpp(new NcsnppConfig("strided", "ddpm", false, "residual", "none")));
    }
}
