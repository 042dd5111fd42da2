package dev.langevin.tests.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.Philox;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.RandomMasks;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.KnownParts;
import dev.langevin.training.loss.Objective;
import dev.langevin.training.loss.Weighting;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Row A-INP-COND: under random masks denoising score matching is minimised by the score of p_t(x | y, m), which on F-GAUSS is linear
 * and known; a run so trained resumes with its bits.
 */
class KnownPartsTest {
    private static final int PIXELS = 4;
    private static final double[] MEAN = {0.3, -0.2, 0.5, 0.1};
    private static final double[][] COVARIANCE = {{0.5, 0.3, 0.2, 0.1}, {0.3, 0.4, 0.1, 0.2}, {0.2, 0.1, 0.3, 0.1}, {0.1, 0.2, 0.1, 0.6}};
    private static final double TIME = 0.3;
    private static final int EXAMPLES = 16_384;

    /** Linear in x_t, y and 1, for examples of one mask; 0 for others. */
    private static final class Linear implements ScoreNetwork {
        private static final int FEATURES = 2 * PIXELS + 1;
        private final int code;
        private final Tensor weights;
        private int examples;

        Linear(int code, double[][] weights) {
            this.code = code;
            this.weights = Tensor.of(Shape.of(FEATURES, PIXELS), Arrays.stream(weights).flatMapToDouble(Arrays::stream).toArray()).requireGrad();
        }

        @Override
        public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
            int n = x.dim(0);
            double[] masks = x.slice(3, 2, 3).toDoubles();
            assertEquals(0, x.slice(3, 1, 2).mul(x.slice(3, 2, 3).neg().add(1)).abs().reshape(-1).max(0).item(), "the network sees what is hidden");
            double[] chosen = new double[n];
            examples = 0;
            for (int i = 0; i < n; i++) {
                int own = 0;
                for (int p = 0; p < PIXELS; p++) {
                    own |= masks[i * PIXELS + p] == 1 ? 1 << p : 0;
                }
                chosen[i] = own == code ? 1 : 0;
                examples += own == code ? 1 : 0;
            }
            Tensor features = Tensor.concat(1, x.slice(3, 0, 1).reshape(n, PIXELS), x.slice(3, 1, 2).reshape(n, PIXELS), Tensor.full(Shape.of(n, 1), 1));
            return features.mul(Tensor.of(Shape.of(n, 1), chosen)).matmul(weights).reshape(n, 2, 2, 1);
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

    private static Tensor gaussianImages() {
        RealMatrix factor = new CholeskyDecomposition(new Array2DRowRealMatrix(COVARIANCE)).getL();
        double[] x0 = new double[EXAMPLES * PIXELS];
        for (int i = 0; i < EXAMPLES; i++) {
            double[] z = new double[PIXELS];
            for (int p = 0; p < PIXELS; p++) {
                z[p] = Philox.normal(3, 990, i, 0, p);
            }
            double[] v = factor.operate(z);
            for (int p = 0; p < PIXELS; p++) {
                x0[i * PIXELS + p] = MEAN[p] + v[p];
            }
        }
        return Tensor.of(Shape.of(EXAMPLES, 2, 2, 1), x0);
    }

    /** The gradient of the loss times 2 n: Phi^T Phi W - Phi^T z, (features, pixels), where a pixel is hidden. */
    private static double[][] gradient(Linear net, Tensor x0, Sde sde) {
        NetworkScore score = new NetworkScore(net, Parametrisation.NOISE, sde);
        KnownParts objective = new KnownParts(score, RandomMasks.usual(), s -> new DenoisingScoreMatching(s, Weighting.SIGMA2));
        double[] t = new double[EXAMPLES];
        Arrays.fill(t, TIME);
        Objective.Loss loss = objective.of(x0, t, new RandomKey(5, 991, 0, 1), null);
        double[] flat = Autograd.backward(loss.mean(), net.weights)[0].toDoubles();
        double[][] gradient = new double[Linear.FEATURES][PIXELS];
        for (int i = 0; i < flat.length; i++) {
            gradient[i / PIXELS][i % PIXELS] = flat[i] * EXAMPLES * PIXELS / 2;
        }
        return gradient;
    }

    /**
     * The loss is quadratic in the weights of a linear network, so its gradients give its minimum. For hidden pixels h that minimum is
     * <pre>noise = s (a^2 S + s^2 I)^-1 (x_h - a (m_h + K (y - m_k))),   K = C_hk C_kk^-1,   S = C_hh - K C_kh,</pre>
     * each weight within 4.5 standard errors; known pixels of x_t, which say nothing beside y, have weight 0. Masks: nothing known, all but
     * one pixel known, the left column known.
     */
    @ParameterizedTest
    @ValueSource(ints = {0b0000, 0b0111, 0b0101})
    void theMinimumIsTheConditionalScore(int code) {
        Sde sde = new VpSde();
        double a = sde.meanCoefficient(TIME);
        double s = sde.std(TIME);
        int[] known = IntStream.range(0, PIXELS).filter(p -> (code >> p & 1) == 1).toArray();
        int[] hidden = IntStream.range(0, PIXELS).filter(p -> (code >> p & 1) == 0).toArray();
        // Features that are not 0 throughout: x, y where it is known, 1.
        int[] used = IntStream.range(0, Linear.FEATURES).filter(f -> f < PIXELS || f == 2 * PIXELS || (code >> (f - PIXELS) & 1) == 1).toArray();
        double[][] hessian = new double[used.length][used.length];
        double[][] atZero;
        int seen;
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x0 = gaussianImages();
            Linear zero = new Linear(code, new double[Linear.FEATURES][PIXELS]);
            atZero = gradient(zero, x0, sde);
            seen = zero.examples;
            for (int j = 0; j < used.length; j++) {
                double[][] unit = new double[Linear.FEATURES][PIXELS];
                Arrays.fill(unit[used[j]], 1);
                double[][] moved = gradient(new Linear(code, unit), x0, sde);
                for (int i = 0; i < used.length; i++) {
                    hessian[i][j] = moved[used[i]][hidden[0]] - atZero[used[i]][hidden[0]];
                }
                for (int p : known) {
                    assertEquals(0, moved[used[j]][p], "a known pixel teaches something");
                }
            }
        }
        assertTrue(seen > EXAMPLES / 40, "mask drawn " + seen + " times");
        RealMatrix inverse = new LUDecomposition(new Array2DRowRealMatrix(hessian)).getSolver().getInverse();
        double[][] exact = exact(known, hidden, a, s);
        double[][] precision = precision(known, hidden, a, s);
        for (int h = 0; h < hidden.length; h++) {
            double residual = 1 - s * s * precision[h][h];
            double[] right = new double[used.length];
            for (int i = 0; i < used.length; i++) {
                right[i] = -atZero[used[i]][hidden[h]];
            }
            double[] weights = inverse.operate(right);
            for (int i = 0; i < used.length; i++) {
                double error = Math.sqrt(residual * inverse.getEntry(i, i));
                assertEquals(exact[used[i]][h], weights[i], 4.5 * error, "pixel " + hidden[h] + ", feature " + used[i] + ", standard error " + error);
                assertTrue(error < 0.12, "standard error " + error);
            }
        }
    }

    private static RealMatrix part(int[] rows, int[] columns) {
        RealMatrix c = new Array2DRowRealMatrix(COVARIANCE);
        return c.getSubMatrix(rows, columns);
    }

    /** (a^2 S + s^2 I)^-1. */
    private static double[][] precision(int[] known, int[] hidden, double a, double s) {
        RealMatrix spread = part(hidden, hidden);
        if (known.length > 0) {
            spread = spread.subtract(gain(known, hidden).multiply(part(known, hidden)));
        }
        RealMatrix noisy = spread.scalarMultiply(a * a).add(MatrixUtils.createRealIdentityMatrix(hidden.length).scalarMultiply(s * s));
        return new LUDecomposition(noisy).getSolver().getInverse().getData();
    }

    private static RealMatrix gain(int[] known, int[] hidden) {
        return part(hidden, known).multiply(new LUDecomposition(part(known, known)).getSolver().getInverse());
    }

    /** Weights of x, y and 1 (features, hidden pixels). */
    private static double[][] exact(int[] known, int[] hidden, double a, double s) {
        double[][] precision = precision(known, hidden, a, s);
        double[][] weights = new double[Linear.FEATURES][hidden.length];
        for (int h = 0; h < hidden.length; h++) {
            for (int j = 0; j < hidden.length; j++) {
                double p = s * precision[h][j];
                weights[hidden[j]][h] = p;
                weights[2 * PIXELS][h] -= p * a * MEAN[hidden[j]];
                for (int k = 0; k < known.length; k++) {
                    double gain = gain(known, hidden).getEntry(j, k);
                    weights[PIXELS + known[k]][h] -= p * a * gain;
                    weights[2 * PIXELS][h] += p * a * gain * MEAN[known[k]];
                }
            }
        }
        return weights;
    }

    private static TrainConfig tiny(int microBatches) {
        TrainConfig config = TinyRuns.config("unet", microBatches, 1e-3, 24);
        return config.withUnet(config.unet().withInpainting(true));
    }

    private static Map<String, Safetensors.Entry> run(Trainer trainer, int from, int to) {
        for (int step = from; step <= to; step++) {
            trainer.step(step);
        }
        return trainer.state(to);
    }

    /** Stopped and resumed, a run has the same bits: masks are functions of seed, step and example. */
    @Test
    void aResumedRunKeepsItsBits() {
        Dataset data = TinyRuns.data("unet");
        try (Backend backend = new CpuBackend()) {
            Map<String, Safetensors.Entry> third;
            Map<String, Safetensors.Entry> last;
            try (Trainer trainer = new Trainer(tiny(2), data, backend)) {
                third = run(trainer, 1, 3);
                last = run(trainer, 4, 7);
            }
            try (Trainer trainer = new Trainer(tiny(2), data, backend)) {
                trainer.restore(third, "test");
                Map<String, Safetensors.Entry> resumed = run(trainer, 4, 7);
                last.forEach((name, entry) -> assertArrayEquals(entry.data(), resumed.get(name).data(), name));
            }
            assertFalse(Arrays.equals(third.get("model.init_conv.weight").data(), last.get("model.init_conv.weight").data()));
        }
    }

    /** The parts of a batch have the masks that they have in the whole. */
    @Test
    void microBatchesAreOneBatch() {
        Dataset data = TinyRuns.data("unet");
        try (Backend backend = new CpuBackend(); Trainer whole = new Trainer(tiny(1), data, backend); Trainer parts = new Trainer(tiny(3), data, backend)) {
            Trainer.StepResult one = whole.step(1);
            Trainer.StepResult three = parts.step(1);
            assertEquals(one.loss(), three.loss(), 1e-5);
            assertArrayEquals(one.errors(), three.errors(), 1e-4f);
        }
    }

    @Test
    void otherNetworksAreRefused() {
        for (String network : new String[] {"classifier", "energy-unet"}) {
            TrainConfig config = TinyRuns.config(network);
            InputException refusal = assertThrows(InputException.class, () -> config.withUnet(config.unet().withInpainting(true)));
            assertTrue(refusal.getMessage().startsWith("unet.inpainting = true: network '" + network + "'"), refusal.getMessage());
        }
        TrainConfig points = TinyRuns.config("mlp");
        assertFalse(points.withUnet(points.unet().withInpainting(true)).inpaints());
    }
}
