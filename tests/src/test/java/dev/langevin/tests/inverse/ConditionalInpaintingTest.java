package dev.langevin.tests.inverse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.SampleSheet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Row A-INP-COND: samplers that are handed the score of p_t(x | y, m) draw from p(x | y, m), every image with what is known of it; what a
 * network says about known pixels does not count.
 */
class ConditionalInpaintingTest {
    private static final int PIXELS = 4;
    private static final double[] MEAN = {0.3, -0.2, 0.5, 0.1};
    private static final double[][] COVARIANCE = {{0.5, 0.3, 0.2, 0.1}, {0.3, 0.4, 0.1, 0.2}, {0.2, 0.1, 0.3, 0.1}, {0.1, 0.2, 0.1, 0.6}};
    private static final double[][] VALUES = {{0.9, 0, -0.4, 0}, {0, 0, 0, 0}, {-0.5, 0.7, 1.1, 0}};
    private static final double[][] MASKS = {{1, 0, 1, 0}, {0, 0, 0, 0}, {1, 1, 1, 0}};
    private static final Sde SDE = new VpSde();

    private final Backend backend = new CpuBackend();
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

    /** The distribution of an image of which a part is known, exactly. */
    private static Kalman conditional(double[] values, double[] mask) {
        int[] known = IntStream.range(0, PIXELS).filter(p -> mask[p] == 1).toArray();
        if (known.length == 0) {
            return new Kalman(MEAN, COVARIANCE);
        }
        double[][] selection = new double[known.length][PIXELS];
        double[] y = new double[known.length];
        for (int k = 0; k < known.length; k++) {
            selection[k][known[k]] = 1;
            y[k] = values[known[k]];
        }
        return Kalman.of(MEAN, COVARIANCE, selection, y, 0);
    }

    /** What a network would be that has learnt F-GAUSS: the exact score of each example where pixels are hidden, and 1000 where they are known. */
    private static final class Exact implements ScoreNetwork {
        private final Map<List<Object>, RealMatrix> precisions = new HashMap<>();

        @Override
        public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
            int n = x.dim(0);
            double[] in = x.toDoubles();
            double[] times = t.toDoubles();
            double[] out = new double[n * PIXELS];
            for (int i = 0; i < n; i++) {
                double[] state = new double[PIXELS];
                double[] values = new double[PIXELS];
                double[] mask = new double[PIXELS];
                for (int p = 0; p < PIXELS; p++) {
                    state[p] = in[(i * PIXELS + p) * 3];
                    values[p] = in[(i * PIXELS + p) * 3 + 1];
                    mask[p] = in[(i * PIXELS + p) * 3 + 2];
                }
                double a = SDE.meanCoefficient(times[i]);
                Kalman exact = conditional(values, mask);
                double[] off = new double[PIXELS];
                Arrays.setAll(off, p -> a * exact.mean()[p] - state[p]);
                double[] score = precision(exact, mask, times[i]).operate(off);
                for (int p = 0; p < PIXELS; p++) {
                    out[i * PIXELS + p] = mask[p] == 1 ? 1000 : score[p];
                }
            }
            return Tensor.of(Shape.of(n, 2, 2, 1), out);
        }

        /** (a^2 S + s^2 I)^-1, which depends on the mask and the time alone. */
        private RealMatrix precision(Kalman exact, double[] mask, double t) {
            return precisions.computeIfAbsent(List.of(Arrays.toString(mask), t), key -> {
                double a = SDE.meanCoefficient(t);
                double s = SDE.std(t);
                RealMatrix noisy = new Array2DRowRealMatrix(exact.covariance()).scalarMultiply(a * a)
                        .add(MatrixUtils.createRealIdentityMatrix(PIXELS).scalarMultiply(s * s));
                return new LUDecomposition(noisy).getSolver().getInverse();
            });
        }

        @Override
        public boolean inpaints() {
            return true;
        }

        @Override
        public Parameters parameters() {
            return Parameters.create(1);
        }
    }

    private static NetworkScore exact() {
        return new NetworkScore(new Exact(), Parametrisation.SCORE, SDE);
    }

    /** Image i has part i mod 3. */
    private static Known parts(int n) {
        double[] values = new double[n * PIXELS];
        double[] masks = new double[n * PIXELS];
        for (int i = 0; i < n; i++) {
            System.arraycopy(VALUES[i % 3], 0, values, i * PIXELS, PIXELS);
            System.arraycopy(MASKS[i % 3], 0, masks, i * PIXELS, PIXELS);
        }
        return new Known(Tensor.of(Shape.of(n, 2, 2, 1), values), Tensor.of(Shape.of(n, 2, 2, 1), masks));
    }

    /**
     * Mean and variance of each hidden pixel are the conditional's within 4 standard errors, and 2 % of a deviation for 30 steps of a solver;
     * known pixels are the given ones but for the noise at which the solver ends, some 0.01.
     */
    @ParameterizedTest
    @ValueSource(strings = {"dpmpp-2m", "dpmpp-2m-sde", "rk45"})
    void drawsTheConditional(String sampler) {
        int each = 300;
        int n = 3 * each;
        Known known = parts(n);
        float[] x = Samplers.named(sampler).sample(exact().given(known), SDE, Shape.of(n, 2, 2, 1), SampleOptions.of(30, 1)).toArray();
        for (int part = 0; part < 3; part++) {
            Kalman exact = conditional(VALUES[part], MASKS[part]);
            for (int p = 0; p < PIXELS; p++) {
                double sum = 0;
                double squares = 0;
                for (int i = part; i < n; i += 3) {
                    double off = x[i * PIXELS + p] - exact.mean()[p];
                    sum += off;
                    squares += off * off;
                    assertTrue(MASKS[part][p] == 0 || Math.abs(off) < 0.06, "known pixel off by " + off);
                }
                if (MASKS[part][p] == 0) {
                    double std = Math.sqrt(exact.covariance()[p][p]);
                    String where = sampler + ", part " + part + ", pixel " + p;
                    assertEquals(0, sum / each / std, 0.02 + 4 / Math.sqrt(each), where);
                    assertEquals(1, squares / each / (std * std), 0.02 + 4 * Math.sqrt(2.0 / each), where);
                }
            }
        }
        Tensor put = known.into(Tensor.of(known.values().shape(), x));
        assertEquals(0, put.mul(known.mask()).sub(known.values()).abs().reshape(-1).max(0).item());
    }

    /** In another order, images keep what is known of them; in two parts too, as a sheet of many is drawn; and where all share one part. */
    @ParameterizedTest
    @ValueSource(strings = {"dpmpp-2m", "rk45"})
    void imagesKeepTheirParts(String name) {
        Sampler sampler = Samplers.named(name);
        int n = 6;
        int[] order = {5, 0, 3, 1, 4, 2};
        Tensor start = Tensor.normal(Shape.of(n, 2, 2, 1), new RandomKey(1, 990, 0, 0));
        Tensor[] reordered = Arrays.stream(order).mapToObj(i -> start.slice(0, i, i + 1)).toArray(Tensor[]::new);
        NetworkScore score = exact().given(parts(n));
        SampleOptions options = SampleOptions.of(10, 1);
        float[] one = sampler.run(score, SDE, start, 1, options).toArray();
        float[] other = sampler.run(score.forImages(order), SDE, Tensor.concat(0, reordered), 1, options).toArray();
        for (int i = 0; i < n; i++) {
            assertArrayEquals(Arrays.copyOfRange(one, order[i] * PIXELS, (order[i] + 1) * PIXELS), Arrays.copyOfRange(other, i * PIXELS, (i + 1) * PIXELS), 1e-5f);
        }
        int many = SampleSheet.BATCH + 5;
        int[] shape = {2, 2, 1};
        float[] all = SampleSheet.draw(exact().given(parts(many)), SDE, sampler, many, shape, options);
        int[] last = IntStream.range(many - 5, many).toArray();
        float[] tail = SampleSheet.draw(exact().given(parts(many)).forImages(last), SDE, sampler, 5, shape, options.withFirstImage(many - 5));
        assertArrayEquals(Arrays.copyOfRange(all, (many - 5) * PIXELS, all.length), tail, 1e-5f);
        Known single = parts(1);
        Known copies = parts(n * 3).forImages(0, 3, 6, 9, 12, 15);
        assertArrayEquals(sampler.run(exact().given(copies), SDE, start, 1, options).toArray(), sampler.run(exact().given(single), SDE, start, 1, options).toArray(), 1e-5f);
    }

    private static ScoreUNet network(boolean inpainting) {
        UNetConfig config = new UNetConfig(4, 2, 4, List.of(1, 2), 1, 6, "sinusoidal", 10, "film", "nearest", List.of(), false, 2, 2, 0, false);
        ScoreUNet net = new ScoreUNet(config.withInpainting(inpainting), Parameters.create(2));
        Tensor last = net.parameters().map().get("out_conv.weight");
        last.write(Tensor.normal(Shape.of(1, last.size()), new RandomKey(3, 3, 0, 0)).toArray());
        return net;
    }

    /** A U-Net sees the part, and where none is given sees what it sees under a mask that hides all; weights have the names that they have without. */
    @Test
    void aUNetSeesThePart() {
        ScoreUNet net = network(true);
        assertEquals(List.copyOf(network(false).parameters().map().keySet()), List.copyOf(net.parameters().map().keySet()));
        assertEquals(Shape.of(4, 3, 3, 5), net.parameters().map().get("init_conv.weight").shape());
        Tensor images = Tensor.normal(Shape.of(2, 4, 4, 2), new RandomKey(1, 990, 0, 0));
        Tensor x = Tensor.normal(Shape.of(2, 4, 4, 2), new RandomKey(1, 990, 0, 1));
        NetworkScore score = new NetworkScore(net, Parametrisation.edm(0.5), SDE);
        float[] nothing = score.score(x, 0.4).toArray();
        assertArrayEquals(nothing, score.given(Known.of(images, Tensor.zeros(Shape.of(2, 4, 4, 1)))).score(x, 0.4).toArray());
        double[] half = new double[32];
        Arrays.setAll(half, i -> i % 4 < 2 ? 1 : 0);
        Known known = Known.of(images, Tensor.of(Shape.of(2, 4, 4, 1), half));
        float[] told = score.given(known).score(x, 0.4).toArray();
        float[] otherwise = score.given(Known.of(images.neg(), known.mask())).score(x, 0.4).toArray();
        float[] y = images.toArray();
        float[] state = x.toArray();
        double a = SDE.meanCoefficient(0.4);
        double s = SDE.std(0.4);
        for (int i = 0; i < told.length; i++) {
            if (half[i / 2] == 1) {
                assertEquals((a * y[i] - state[i]) / (s * s), told[i], 1e-4);
            } else {
                assertTrue(Math.abs(told[i] - nothing[i]) > 1e-6 && Math.abs(told[i] - otherwise[i]) > 1e-6, "hidden element " + i);
            }
        }
    }

    @Test
    void refusals() {
        refused("network: cannot be told a part of the image", () -> new NetworkScore(network(false), Parametrisation.NOISE, SDE).given(parts(1)));
        refused("known part: expected images", () -> new Known(Tensor.zeros(Shape.of(2, 2, 2, 1)), Tensor.zeros(Shape.of(1, 2, 2, 1))));
        refused("score: parts of 2 images are known, the batch has 3", () -> exact().given(parts(2)).score(Tensor.zeros(Shape.of(3, 2, 2, 1)), 0.5));
    }

    private static void refused(String start, Runnable body) {
        InputException refusal = assertThrows(InputException.class, body::run);
        assertTrue(refusal.getMessage().startsWith(start), refusal.getMessage());
    }
}
