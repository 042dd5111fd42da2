package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.TimeEmbedding;
import dev.langevin.tests.engine.Backends;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows N-ATTN, N-GN, N-DROP, N-DOWN, N-UPT, N-UPN, E-SIN, E-FOUR, on every backend. */
@ParameterizedClass
@MethodSource("backends")
class LayersTest {
    private final Backend backend;
    private Scope scope;

    LayersTest(Backend backend) {
        this.backend = backend;
    }

    static List<Backend> backends() {
        return Backends.all();
    }

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor normal(int purpose, int... dims) {
        return Tensor.normal(Shape.of(dims), new RandomKey(1, purpose, 0, 0));
    }

    @Test
    void attentionIsTheTripleLoop() {
        int n = 2;
        int tokens = 13;
        int heads = 3;
        int d = 5;
        int c = heads * d;
        Tensor qkv = normal(1, n, tokens, 3 * c);
        double[] x = qkv.toDoubles();
        double[] y = new Attention(heads).apply(qkv).toDoubles();
        for (int i = 0; i < n; i++) {
            for (int h = 0; h < heads; h++) {
                for (int a = 0; a < tokens; a++) {
                    double[] weights = new double[tokens];
                    double sum = 0;
                    for (int b = 0; b < tokens; b++) {
                        double dot = 0;
                        for (int k = 0; k < d; k++) {
                            dot += x[(i * tokens + a) * 3 * c + h * d + k] * x[(i * tokens + b) * 3 * c + c + h * d + k];
                        }
                        weights[b] = Math.exp(dot / Math.sqrt(d));
                        sum += weights[b];
                    }
                    for (int k = 0; k < d; k++) {
                        double expected = 0;
                        for (int b = 0; b < tokens; b++) {
                            expected += weights[b] / sum * x[(i * tokens + b) * 3 * c + 2 * c + h * d + k];
                        }
                        assertEquals(expected, y[(i * tokens + a) * c + h * d + k], 1e-5);
                    }
                }
            }
        }
    }

    /** With weight 1 and bias 0 every group of every image has mean 0 and variance 1. */
    @Test
    void groupStatistics() {
        int pixels = 35;
        Tensor x = normal(2, 3, 5, 7, 24).mul(4).add(30);
        double[] y = x.groupNorm(8, Tensor.full(Shape.of(24), 1), Tensor.zeros(Shape.of(24)), 1e-5).toDoubles();
        for (int i = 0; i < 3; i++) {
            for (int g = 0; g < 8; g++) {
                double mean = 0;
                double square = 0;
                for (int p = 0; p < pixels; p++) {
                    for (int k = 3 * g; k < 3 * g + 3; k++) {
                        double v = y[(i * pixels + p) * 24 + k];
                        mean += v / (3 * pixels);
                        square += v * v / (3 * pixels);
                    }
                }
                assertEquals(0, mean, 1e-5);
                assertEquals(1, square, 1e-5);
            }
        }
    }

    @Test
    void dropoutDropsTheRightShareAndScalesTheRest() {
        int images = 200;
        Tensor x = Tensor.full(Shape.of(images, 100), 3);
        for (double rate : new double[] {0.1, 0.5, 0.9}) {
            float[] y = new Dropout(rate, new RandomKey(1, 1, 0, 0)).apply(x).toArray();
            int zeros = 0;
            for (float v : y) {
                assertTrue(v == 0 || Math.abs(v - 3 / (1 - rate)) < 1e-5, "kept elements are divided by 1 - rate");
                zeros += v == 0 ? 1 : 0;
            }
            double se = Math.sqrt(rate * (1 - rate) / y.length);
            assertEquals(rate, (double) zeros / y.length, 4 * se, "share dropped, within 4 standard errors");
        }
        assertArrayEquals(x.toArray(), new Dropout(0, new RandomKey(1, 1, 0, 0)).apply(x).toArray());
        float[] whole = new Dropout(0.5, new RandomKey(1, 1, 0, 0)).apply(Tensor.full(Shape.of(4, 9), 1)).toArray();
        float[] second = new Dropout(0.5, new RandomKey(1, 1, 2, 0)).apply(Tensor.full(Shape.of(2, 9), 1)).toArray();
        assertArrayEquals(java.util.Arrays.copyOfRange(whole, 18, 36), second, "an image's mask does not depend on the batch");
    }

    /** The conv, the transposed conv and the upsampling against their gradients: they are linear, so these are their adjoints. */
    @Test
    void adjoints() {
        Tensor w = normal(4, 6, 3, 3, 5);
        Tensor up = normal(5, 5, 4, 4, 6);
        adjoint("conv2d 3x3", x -> x.conv2d(w, null, 1, 1), Shape.of(2, 7, 9, 5));
        adjoint("conv2d 3x3, stride 2, odd", x -> x.conv2d(w, null, 2, 1), Shape.of(2, 7, 9, 5));
        adjoint("conv2d 3x3, stride 2, even", x -> x.conv2d(w, null, 2, 1), Shape.of(2, 14, 14, 5));
        adjoint("convTranspose2d 4x4, stride 2", x -> x.convTranspose2d(up, null, 2, 1), Shape.of(2, 7, 5, 5));
        adjoint("upsampleNearest", x -> x.upsampleNearest(2), Shape.of(2, 7, 5, 3));
        // The transposed convolution is the adjoint of the convolution with the same weight.
        Tensor x = normal(6, 2, 7, 5, 5);
        Tensor y = normal(7, 2, 14, 10, 6);
        double left = x.convTranspose2d(up, null, 2, 1).mul(y).sum().item();
        double right = x.mul(y.conv2d(up, null, 2, 1)).sum().item();
        assertEquals(left, right, 1e-5 * Math.abs(left) + 1e-3);
    }

    private static void adjoint(String name, UnaryOperator<Tensor> a, Shape shape) {
        Tensor x = Tensor.normal(shape, new RandomKey(1, 8, 0, 0)).requireGrad();
        Tensor ax = a.apply(x);
        Tensor y = Tensor.normal(ax.shape(), new RandomKey(1, 9, 0, 0));
        Tensor aty = Autograd.gradients(ax, y, false, x)[0];
        double left = ax.mul(y).sum().item();
        double right = x.mul(aty).sum().item();
        // Sums of up to 2,000 products of size 10 at most, each rounded to 2^-24.
        assertEquals(left, right, 1e-3, name);
    }

    @Test
    void oddSizesAreRefusedWhereTheyDoNotFit() {
        Tensor w = normal(4, 6, 4, 4, 5);
        assertThrows(ShapeException.class, () -> normal(1, 1, 3, 3, 5).conv2d(w, null, 2, -1));
        assertThrows(ShapeException.class, () -> normal(1, 1, 7, 7, 4).convTranspose2d(w, null, 2, 1));
    }

    /** Distance of the features of t = 0.01 and 0.02: about 0.02 unscaled and 6.5 scaled by 999 (mistake X-07). */
    @Test
    void scaledTimesAreSeparable() {
        assertEquals(0.02, distance(1), 0.005);
        assertEquals(6.5, distance(999), 0.05);
    }

    private static double distance(double scale) {
        double[] f = new TimeEmbedding(Parameters.create(1), TimeEmbedding.Features.SINUSOIDAL, 128, 8, scale)
                .features(Tensor.of(Shape.of(2), 0.01, 0.02)).toDoubles();
        double sum = 0;
        for (int i = 0; i < 128; i++) {
            sum += Math.pow(f[i] - f[128 + i], 2);
        }
        return Math.sqrt(sum);
    }

    @Test
    void sinusoidalFeatures() {
        double[] f = new TimeEmbedding(Parameters.create(1), TimeEmbedding.Features.SINUSOIDAL, 8, 8, 10)
                .features(Tensor.of(Shape.of(1), 0.3)).toDoubles();
        for (int i = 0; i < 4; i++) {
            double angle = 3 * Math.pow(10_000, -i / 3.0);
            assertEquals(Math.sin(angle), f[i], 1e-6);
            assertEquals(Math.cos(angle), f[4 + i], 1e-6);
        }
    }

    /** Fixed whatever the seed of the weights, saved under a name, not trained, deviation as asked. */
    @Test
    void fourierFeaturesAreFixedAndSaved() {
        Parameters p = Parameters.create(1);
        new TimeEmbedding(p.in("time_emb"), TimeEmbedding.Features.FOURIER, 512, 8, 16);
        Parameters q = Parameters.create(2);
        TimeEmbedding embedding = new TimeEmbedding(q.in("time_emb"), TimeEmbedding.Features.FOURIER, 512, 8, 16);
        Tensor frequencies = p.map().get("time_emb.frequencies");
        assertTrue(!frequencies.requiresGrad());
        assertArrayEquals(frequencies.toArray(), q.map().get("time_emb.frequencies").toArray());
        double square = 0;
        for (double f : frequencies.toDoubles()) {
            square += Math.pow(f / (2 * Math.PI), 2) / 256;
        }
        assertEquals(256, square, 4 * 256 * Math.sqrt(2.0 / 256), "variance of 256 normal numbers within 4 standard errors");
        double[] changed = new double[256];
        changed[0] = Math.PI;
        q.map().get("time_emb.frequencies").write(Tensor.of(Shape.of(256), changed).toArray());
        double[] f = embedding.features(Tensor.of(Shape.of(1), 0.5)).toDoubles();
        assertEquals(1, f[0], 1e-6, "the saved frequencies are those that are used");
        assertEquals(1, f[256 + 1], 1e-6);
    }
}
