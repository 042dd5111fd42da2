package dev.langevin.tests.cuda;

import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;

import dev.langevin.engine.Shape;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.Silu;
import dev.langevin.engine.op.Softmax;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows P-ENG, R-FP16: attention, softmax and SiLU. */
class AttentionCudaTest {
    private static final List<CudaBackend> BACKENDS = Stream.of(Precision.FP32, Precision.BF16).flatMap(p -> TwinCheck.backends(p).stream()).toList();

    @AfterAll
    static void close() {
        BACKENDS.forEach(CudaBackend::close);
    }

    private static TwinCheck of(CudaBackend cuda, Fused op, double range, Shape shape) {
        TwinCheck check = new TwinCheck(cuda, op, shape).uniform(0, -range, range);
        return cuda.precision() == Precision.BF16 ? check.narrow(0) : check;
    }

    private static double once(CudaBackend cuda) {
        return cuda.precision() == Precision.BF16 ? TwinCheck.BF16_ROUNDING : 0;
    }

    /**
     * A logit is rounded at its size, at most range^2 sqrt(d), and so is what its exponential is multiplied by; a gradient
     * is a sum over tokens of products that are as large as range^2.
     */
    private static void attention(int n, int tokens, int heads, int d, double range) {
        double logits = range * range * Math.sqrt(d);
        double k = (8 + terms(tokens).roundings() + terms(d).roundings()) * (1 + logits);
        for (CudaBackend cuda : BACKENDS) {
            TwinCheck check = of(cuda, new Attention(heads), range, Shape.of(n, tokens, 3 * heads * d));
            check.value(largest(k + once(cuda), range));
            check.gradients(1, largest(2 * k + once(cuda), range * range));
        }
    }

    /** One token; tokens of a block and one more; each room for a head's channels, filled and not; channels that 4 does not divide. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "2, 5, 2, 3", "1, 49, 2, 16", "1, 64, 1, 8", "2, 65, 1, 20", "1, 33, 1, 64", "1, 66, 1, 33", "1, 3, 1, 65"})
    void attention(int n, int tokens, int heads, int d) {
        attention(n, tokens, heads, d, 1);
    }

    /** Logits to +-200, where all but a few weights vanish. */
    @ParameterizedTest
    @CsvSource({"70, 16", "70, 4"})
    void largeLogits(int tokens, int d) {
        attention(1, tokens, 1, d, 7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 32, 33, 49, 512, 513, 1777})
    void softmax(int length) {
        for (CudaBackend cuda : BACKENDS) {
            for (double range : new double[] {1, 100}) {
                // Rounding an exponent of size 2 range makes a relative error of as many roundings; weights are at most 1.
                of(cuda, new Softmax(), range, Shape.of(11, length)).value(largest(8 + terms(length).roundings() + 2 * range + once(cuda), 1));
            }
        }
    }

    /** Of s and e s in the slope s (1 + z e s) at most 9 roundings come through, where the device's functions are as far off as they may be. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 7, 8, 9, 1021, 2051})
    void silu(int size) {
        for (CudaBackend cuda : BACKENDS) {
            for (double range : new double[] {8, 17, 100}) {
                TwinCheck check = of(cuda, new Silu(), range, Shape.of(size));
                check.value(largest(8 + once(cuda), 1));
                check.gradients(1, largest(10 + once(cuda), 1));
            }
        }
    }
}
