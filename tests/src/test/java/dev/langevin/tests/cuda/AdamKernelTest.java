package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.tests.engine.Backends;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** What the optimiser's kernel promises beyond the equations. Row R-ADAM. */
class AdamKernelTest {
    private static final int ROWS = 9;
    private static final int COLUMNS = 35;

    private static Tensor draw(Shape shape, int purpose) {
        return Tensor.normal(shape, new RandomKey(3, purpose, 0, 0));
    }

    /** p, m, v, ema, norm and g after one step without clipping. */
    private static float[][] step(Backend backend, int size) {
        try (Scope scope = Scope.open(backend)) {
            Tensor[] t = new Tensor[5];
            Arrays.setAll(t, i -> draw(Shape.of(1, size), i));
            t[2] = t[2].square();
            Tensor norm = Tensor.zeros(Shape.SCALAR);
            new AdamStep(1, 0.1, 0.9, 0.999, 1e-8, 0.01, 3, Double.POSITIVE_INFINITY, 0.9).apply(t[0], t[1], t[2], t[3], norm, t[4]);
            return Arrays.stream(t).map(Tensor::toArray).toArray(float[][]::new);
        }
    }

    /** Without clipping nothing hangs on the order of a sum, and each element has the CPU's bits. */
    @Test
    void bitsAreThoseOfTheCpu() {
        try (Backend cpu = new CpuBackend()) {
            for (int size : new int[] {1, 3, 4, 1021, 4099}) {
                float[][] expected = step(cpu, size);
                float[][] actual = step(Backends.cuda(), size);
                for (int i = 0; i < expected.length; i++) {
                    assertArrayEquals(expected[i], actual[i], 0, "tensor " + i + " of " + size);
                }
            }
        }
    }

    /** A product after a step sees the weights of the step, whose bfloat16 copy the step refreshed in its own pass. */
    @Test
    void narrowCopiesAreRefreshed() {
        try (CudaBackend cuda = Backends.cuda(Precision.BF16); Scope scope = Scope.open(cuda)) {
            Tensor x = draw(Shape.of(4, COLUMNS), 10);
            Tensor[] p = {draw(Shape.of(ROWS, COLUMNS), 0), draw(Shape.of(5, COLUMNS), 1)};
            Tensor[] m = {draw(p[0].shape(), 2), draw(p[1].shape(), 3)};
            Tensor[] v = {draw(p[0].shape(), 4).square(), draw(p[1].shape(), 5).square()};
            Tensor[] ema = {draw(p[0].shape(), 6), draw(p[1].shape(), 7)};
            Tensor[] g = {draw(p[0].shape(), 8), draw(p[1].shape(), 9)};
            float[] before = x.linear(p[0], null).toArray(); // p[0] has its copy now, p[1] none
            float[] average = x.linear(ema[0], null).toArray();
            new AdamStep(2, 0.1, 0.9, 0.999, 1e-8, 0.01, 3, 1, 0.5)
                    .apply(AdamStep.operands(p, m, v, ema, Tensor.zeros(Shape.SCALAR), g));
            assertFalse(Arrays.equals(before, x.linear(p[0], null).toArray()), "the weights changed");
            assertFalse(Arrays.equals(average, x.linear(ema[0], null).toArray()), "the averages changed");
            for (Tensor w : new Tensor[] {p[0], p[1], ema[0]}) {
                Tensor fresh = Tensor.of(w.shape(), w.toArray());
                assertArrayEquals(x.linear(fresh, null).toArray(), x.linear(w, null).toArray(), 0);
            }
        }
    }

    /** Gradients that are stored as bfloat16 count for what they are. */
    @Test
    void narrowGradientsAreWidened() {
        try (CudaBackend cuda = Backends.cuda(Precision.BF16); Scope scope = Scope.open(cuda)) {
            Tensor narrow = DeviceArrays.narrow(draw(Shape.of(ROWS, COLUMNS), 9));
            float[][][] after = new float[2][][];
            for (int i = 0; i < 2; i++) {
                Tensor[] t = new Tensor[4];
                Arrays.setAll(t, k -> draw(narrow.shape(), k).square());
                Tensor norm = Tensor.zeros(Shape.SCALAR);
                Tensor g = i == 0 ? narrow : Tensor.of(narrow.shape(), narrow.toArray());
                new AdamStep(1, 0.1, 0.9, 0.999, 1e-8, 0.01, 3, 1, 0.9).apply(t[0], t[1], t[2], t[3], norm, g);
                after[i] = new float[][] {t[0].toArray(), t[1].toArray(), t[2].toArray(), t[3].toArray(), norm.toArray()};
            }
            for (int k = 0; k < 5; k++) {
                assertArrayEquals(after[1][k], after[0][k], 0, "operand " + k);
            }
        }
    }

    /** p, m, v, ema and norm after seven steps with other rates each; the gradient of the fifth is not finite. */
    private static float[][] steps(boolean repeat) {
        Backend backend = Backends.cuda();
        try (Scope scope = Scope.open(backend)) {
            Tensor[] t = new Tensor[5];
            Arrays.setAll(t, i -> i == 4 ? Tensor.zeros(Shape.SCALAR) : draw(Shape.of(7, COLUMNS), i).square());
            LongConsumer body = k -> {
                try (Scope inner = Scope.open()) {
                    Tensor g = t[0].mul(k == 4 ? Double.POSITIVE_INFINITY : 1 + k);
                    new AdamStep(1, 0.01 * (k + 1), 0.9, 0.999, 1e-8, 0.01, k + 1, 30, 0.9 + 0.01 * k).apply(t[0], t[1], t[2], t[3], t[4], g);
                }
            };
            try (Repeated repeated = repeat ? backend.repeated(body) : body::accept) {
                for (int k = 0; k < 7; k++) {
                    float[] before = t[0].toArray();
                    repeated.run(k);
                    assertEquals(repeat && k > 0, repeated.replayed(), "step " + k);
                    assertEquals(k == 4, Arrays.equals(before, t[0].toArray()), "step " + k);
                }
            }
            return Arrays.stream(t).map(Tensor::toArray).toArray(float[][]::new);
        }
    }

    /** Rates, corrections and decays of each step reach the replay. */
    @Test
    void replayedStepsGiveTheSameBits() {
        float[][] expected = steps(false);
        float[][] actual = steps(true);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], actual[i], 0, "tensor " + i);
        }
    }
}
