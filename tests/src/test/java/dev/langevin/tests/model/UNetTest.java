package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows N-UNET, N-RES, N-FILM, N-ADAGN, N-DOWN, N-UPT, N-UPN: any configuration that divides works, others are refused. */
class UNetTest {
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

    static UNetConfig config(int size, int channels, List<Integer> mults, int blocks, String conditioning, String upsampling, List<Integer> attention) {
        return new UNetConfig(size, channels, 8, mults, blocks, 12, conditioning.equals("shift") ? "sinusoidal" : "fourier",
                conditioning.equals("shift") ? 999 : 16, conditioning, upsampling, attention, true, 2, 4, 0.1, false);
    }

    static List<UNetConfig> configs() {
        return List.of(
                config(28, 1, List.of(1, 2, 4), 1, "film", "nearest", List.of(14, 7)), // FiLM, nearest neighbours, attention by image size
                config(28, 1, List.of(1, 2), 2, "shift", "transposed", List.of()),     // shift, transposed convolutions
                config(8, 3, List.of(1, 2, 2, 4), 1, "adagn", "transposed", List.of(1, 8)),
                config(6, 2, List.of(2, 1), 3, "film", "transposed", List.of(3)),
                config(7, 1, List.of(1), 1, "shift", "nearest", List.of(7)),
                config(12, 1, List.of(1, 3), 2, "adagn", "nearest", List.of()));
    }

    /** The output is exactly 0 at first; once the last convolution is not, every weight has a gradient. */
    @ParameterizedTest
    @MethodSource("configs")
    void shapeZeroStartAndGradients(UNetConfig config) {
        ScoreUNet net = new ScoreUNet(config, Parameters.create(3));
        Shape image = Shape.of(2, config.imageSize(), config.imageSize(), config.channels());
        Tensor x = Tensor.normal(image, new RandomKey(1, 1, 0, 0)).requireGrad();
        Tensor t = Tensor.of(Shape.of(2), 0.2, 0.9);
        Tensor y = net.forward(x, t, null);
        assertEquals(image, y.shape());
        assertArrayEquals(new float[image.size()], y.toArray(), "zero-initialised last convolution");

        Map<String, Tensor> parameters = new LinkedHashMap<>(net.parameters().map());
        parameters.values().removeIf(p -> !p.requiresGrad());
        perturb(parameters.get("out_conv.weight"));
        Tensor[] wrt = new Tensor[parameters.size() + 1];
        wrt[0] = x;
        System.arraycopy(parameters.values().toArray(Tensor[]::new), 0, wrt, 1, parameters.size());
        Tensor[] g = Autograd.gradients(net.forward(x, t, null).mul(Tensor.normal(image, new RandomKey(1, 2, 0, 0))).sum(), false, wrt);
        assertTrue(nonZero(g[0]), "x");
        int i = 1;
        for (String name : parameters.keySet()) {
            // A bias before a normalisation of one channel a group would be lost; here groups hold at least two.
            assertTrue(nonZero(g[i++]), name + " has no gradient");
        }
    }

    private static void perturb(Tensor weight) {
        weight.write(Tensor.uniform(Shape.of(1, weight.size()), new RandomKey(5, 5, 0, 0)).sub(0.5).toArray());
    }

    private static boolean nonZero(Tensor g) {
        boolean some = false;
        for (float v : g.toArray()) {
            assertTrue(Float.isFinite(v));
            some |= v != 0;
        }
        return some;
    }

    /** A block of the way up takes what runs and one skip: mistake X-01. */
    @ParameterizedTest
    @MethodSource("configs")
    void skipsArePoppedOneABlock(UNetConfig config) {
        Map<String, Tensor> p = new ScoreUNet(config, Parameters.create(3)).parameters().map();
        List<Integer> skips = new java.util.ArrayList<>(List.of(8));
        int levels = config.channelMults().size();
        for (int level = 0; level < levels; level++) {
            int out = 8 * config.channelMults().get(level);
            for (int b = 0; b < config.resBlocks(); b++) {
                skips.add(out);
            }
            if (level < levels - 1) {
                skips.add(out);
            }
        }
        int running = 8 * config.channelMults().getLast();
        int block = 0;
        for (int level = levels - 1; level >= 0; level--) {
            int out = 8 * config.channelMults().get(level);
            for (int b = 0; b <= config.resBlocks(); b++) {
                assertEquals(Shape.of(out, 3, 3, running + skips.removeLast()), p.get("decoder." + block++ + ".conv1.weight").shape());
                running = out;
            }
        }
        assertTrue(skips.isEmpty());
    }

    @Test
    void attentionStandsWhereItsPixelSizeSays() {
        Map<String, Tensor> p = new ScoreUNet(configs().getFirst(), Parameters.create(3)).parameters().map();
        for (String name : List.of("encoder_attention.1.qkv.weight", "encoder_attention.2.qkv.weight", "middle.1.qkv.weight",
                "decoder_attention.0.qkv.weight", "decoder_attention.3.qkv.weight")) {
            assertTrue(p.containsKey(name), name);
        }
        assertTrue(p.keySet().stream().noneMatch(n -> n.startsWith("encoder_attention.0") || n.startsWith("decoder_attention.4")
                || n.startsWith("decoder_attention.5")), "none at 28 pixels");
    }

    @Test
    void timeAndDropoutReachTheOutput() {
        ScoreUNet net = new ScoreUNet(configs().get(1), Parameters.create(3));
        perturb(net.parameters().map().get("out_conv.weight"));
        Tensor x = Tensor.normal(Shape.of(2, 28, 28, 1), new RandomKey(1, 1, 0, 0));
        Tensor t = Tensor.of(Shape.of(2), 0.2, 0.9);
        float[] plain = net.forward(x, t, null).toArray();
        assertArrayEquals(plain, net.forward(x, t, null).toArray(), "evaluation is deterministic");
        assertTrue(!Arrays.equals(plain, net.forward(x, Tensor.of(Shape.of(2), 0.21, 0.9), null).toArray()), "time");
        RandomKey key = new RandomKey(1, 9, 0, 4);
        float[] dropped = net.forward(x, t, key).toArray();
        assertTrue(!Arrays.equals(plain, dropped), "dropout in training");
        assertArrayEquals(dropped, net.forward(x, t, key).toArray(), "dropout is a function of its key");
        assertTrue(!Arrays.equals(dropped, net.forward(x, t, new RandomKey(1, 9, 0, 5)).toArray()), "another step, other elements");
    }

    /** Where the time says scale 0 and shift 0, all three ways to tell it leave the block as it is: one function. */
    @Test
    void modulationByZeroIsTheIdentity() {
        float[] plain = null;
        Tensor x = Tensor.normal(Shape.of(2, 8, 8, 1), new RandomKey(1, 1, 0, 0));
        for (String conditioning : List.of("shift", "film", "adagn")) {
            ScoreUNet net = new ScoreUNet(config(8, 1, List.of(1, 2), 1, conditioning, "nearest", List.of()), Parameters.create(3));
            net.parameters().map().forEach((name, p) -> {
                if (name.contains("time_mlp")) {
                    p.write(new float[p.size()]);
                } else if (p.requiresGrad()) {
                    perturb(p);
                }
            });
            float[] y = net.forward(x, Tensor.of(Shape.of(2), 0.2, 0.9), null).toArray();
            plain = plain == null ? y : plain;
            double scale = Tensor.of(Shape.of(y.length), plain).abs().max().item();
            for (int i = 0; i < y.length; i++) {
                assertEquals(plain[i], y[i], 1e-5 * scale, conditioning);
            }
        }
    }

    /** The result for an image does not depend on its neighbours in the batch. */
    @Test
    void imagesAreIndependent() {
        ScoreUNet net = new ScoreUNet(configs().getFirst(), Parameters.create(3));
        perturb(net.parameters().map().get("out_conv.weight"));
        Tensor x = Tensor.normal(Shape.of(3, 28, 28, 1), new RandomKey(1, 1, 0, 0));
        float[] all = net.forward(x, Tensor.of(Shape.of(3), 0.1, 0.5, 0.9), null).toArray();
        float[] one = net.forward(x.slice(0, 1, 2), Tensor.of(Shape.of(1), 0.5), null).toArray();
        assertArrayEquals(Arrays.copyOfRange(all, 784, 2 * 784), one, 1e-5f);
    }

    @ParameterizedTest
    @CsvSource({"30, '30 does not divide by 4', 32", "27, '27 does not divide by 4', 28"})
    void sizesThatDoNotDivideAreRefused(int size, String says, int next) {
        InputException e = assertThrows(InputException.class, () -> config(size, 1, List.of(1, 2, 4), 1, "shift", "nearest", List.of()));
        assertTrue(e.getMessage().contains(says) && e.getMessage().contains("use " + next) && e.getMessage().lines().count() == 1, e.getMessage());
    }

    @Test
    void whatCannotBeBuiltIsRefused() {
        refuses("attention 13", () -> config(28, 1, List.of(1, 2), 1, "shift", "nearest", List.of(13)));
        refuses("attention 7", () -> config(28, 1, List.of(1, 2), 1, "shift", "nearest", List.of(7)));
        refuses("conditioning 'add'", () -> config(28, 1, List.of(1, 2), 1, "add", "nearest", List.of()));
        refuses("upsampling 'cubic'", () -> config(28, 1, List.of(1, 2), 1, "shift", "cubic", List.of()));
        refuses("res-blocks 0", () -> config(28, 1, List.of(1, 2), 0, "shift", "nearest", List.of()));
        refuses("channel-mults", () -> config(28, 1, List.of(), 1, "shift", "nearest", List.of()));
        refuses("groups 4", () -> new UNetConfig(28, 1, 6, List.of(1), 1, 12, "sinusoidal", 1, "shift", "nearest", List.of(), false, 2, 4, 0, false));
        refuses("heads 3", () -> new UNetConfig(28, 1, 8, List.of(1), 1, 12, "sinusoidal", 1, "shift", "nearest", List.of(), true, 3, 4, 0, false));
        refuses("11 levels", () -> config(1024, 1, List.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 1, "shift", "nearest", List.of()));
        refuses("time-scale NaN", () -> new UNetConfig(28, 1, 8, List.of(1), 1, 12, "sinusoidal", Double.NaN, "shift", "nearest", List.of(), true, 2, 4, 0, false));
        refuses("image-size 65536", () -> config(65536, 1, List.of(1, 2), 1, "shift", "nearest", List.of()));
        refuses("time-embedding 65536", () -> new UNetConfig(28, 1, 8, List.of(1), 1, 65536, "sinusoidal", 1, "shift", "nearest", List.of(), true, 2, 4, 0, false));
        refuses("base-channels 8 times 1073741824", () -> config(28, 1, List.of(1 << 30), 1, "shift", "nearest", List.of()));
        refuses("dropout 1.0", () -> new UNetConfig(28, 1, 8, List.of(1), 1, 12, "sinusoidal", 1, "shift", "nearest", List.of(), true, 2, 4, 1, false));
    }

    private static void refuses(String says, Runnable build) {
        InputException e = assertThrows(InputException.class, build::run);
        assertTrue(e.getMessage().contains(says) && e.getMessage().lines().count() == 1, e.getMessage());
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        ScoreUNet net = new ScoreUNet(configs().get(4), Parameters.create(3));
        ShapeException e = assertThrows(ShapeException.class,
                () -> net.forward(Tensor.zeros(Shape.of(2, 8, 8, 1)), Tensor.zeros(Shape.of(2)), null));
        assertTrue(e.getMessage().contains("(2, 7, 7, 1)") && e.getMessage().contains("(2, 8, 8, 1)"), e.getMessage());
        assertThrows(ShapeException.class, () -> net.forward(Tensor.zeros(Shape.of(2, 7, 7, 1)), Tensor.zeros(Shape.of(3)), null));
    }
}
