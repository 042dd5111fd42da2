package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.engine.cpu.Conv2dCpu;
import dev.langevin.engine.cpu.Conv2dGeometry;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.tests.cpu.ConvLoops.Sums;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolution kernels of the CPU backend against plain loops. Rows: P-ENG (conv, transposed conv), N-DOWN, N-UPT. */
class Conv2dCpuTest {
    private static final int THREADS = Parallel.threads();

    static Stream<Conv2dGeometry> shapes() {
        int l = Simd.LANES;
        return Stream.of(
                new Conv2dGeometry(1, 1, 1, 1, 1, 1, 1, 1, 0),
                new Conv2dGeometry(2, 7, 5, 1, 1, 3, 3, 1, 1),
                new Conv2dGeometry(3, 9, 7, 1, 2 * l, 3, 3, 1, 1),
                new Conv2dGeometry(3, 9, 7, 2 * l, 1, 3, 3, 1, 1),
                new Conv2dGeometry(2, 8, 6, 3, l + 1, 3, 3, 1, 1),
                new Conv2dGeometry(2, 8, 6, l + 1, 3, 3, 3, 1, 1),
                new Conv2dGeometry(2, 5, 5, l - 1, l, 3, 3, 1, 1),
                new Conv2dGeometry(2, 7, 7, l, 2 * l + 3, 3, 3, 1, 1),
                new Conv2dGeometry(9, 7, 7, 3 * l, 3 * l, 3, 3, 1, 1),
                new Conv2dGeometry(2, 28, 28, l, l, 3, 3, 1, 1),
                new Conv2dGeometry(2, 6, 5, 24, 24, 3, 3, 1, 1),
                new Conv2dGeometry(5, 4, 4, 2 * l + 5, 5 * l + 7, 1, 1, 1, 0),
                new Conv2dGeometry(5, 4, 4, 2 * l, 9, 1, 1, 1, 0),
                new Conv2dGeometry(2, 5, 6, 2 * l, l, 1, 1, 2, 0),
                new Conv2dGeometry(2, 5, 6, 3, 4, 1, 1, 2, 1),
                new Conv2dGeometry(3, 8, 8, l, 2 * l, 3, 3, 2, 1),
                new Conv2dGeometry(3, 9, 7, 2 * l, l, 3, 3, 2, 1),
                new Conv2dGeometry(2, 8, 8, 2, 2, 3, 3, 2, 1),
                new Conv2dGeometry(2, 8, 6, 2 * l, 2, 4, 4, 2, 1),
                Conv2dGeometry.transposed(3, 7, 7, 2 * l, 2 * l, 4, 4, 2, 1),
                Conv2dGeometry.transposed(2, 5, 3, l + 3, 3, 4, 4, 2, 1),
                Conv2dGeometry.transposed(2, 4, 4, 3, 1, 4, 4, 2, 1),
                new Conv2dGeometry(2, 11, 10, 5, 9, 5, 3, 3, 2),
                new Conv2dGeometry(1, 3, 4, 9, 10, 2, 3, 1, 4),
                new Conv2dGeometry(1, 4, 1, 2, 3, 3, 1, 4, 2),
                new Conv2dGeometry(1, 70, 66, 16, 8, 3, 3, 1, 1));
    }

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(THREADS);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithLoops(Conv2dGeometry g) {
        float[] x = ConvLoops.random(g.inputSize(), 1);
        float[] w = ConvLoops.random(g.weightSize(), 2);
        float[] dy = ConvLoops.random(g.outputSize(), 3);
        float[] outBias = ConvLoops.random(g.co(), 4);
        float[] inBias = ConvLoops.random(g.ci(), 5);
        Sums y = new Sums(g.outputSize());
        Sums yBias = new Sums(g.outputSize());
        Sums dx = new Sums(g.inputSize());
        Sums dxBias = new Sums(g.inputSize());
        Sums dw = new Sums(g.weightSize());
        ConvLoops.eachTap(g, (iy, ix, iw) -> {
            y.add(iy, (double) x[ix] * w[iw]);
            yBias.add(iy, (double) x[ix] * w[iw]);
            dx.add(ix, (double) dy[iy] * w[iw]);
            dxBias.add(ix, (double) dy[iy] * w[iw]);
            dw.add(iw, (double) dy[iy] * x[ix]);
        });
        for (int i = 0; i < g.outputSize(); i++) {
            yBias.add(i, outBias[i % g.co()]);
        }
        for (int i = 0; i < g.inputSize(); i++) {
            dxBias.add(i, inBias[i % g.ci()]);
        }
        y.assertHolds("forward", forward(x, w, null, g));
        yBias.assertHolds("forward with bias", forward(x, w, outBias, g));
        dx.assertHolds("backward-data", backwardData(dy, w, null, g));
        dxBias.assertHolds("backward-data with bias", backwardData(dy, w, inBias, g));
        dw.assertHolds("backward-filter", backwardFilter(dy, x, g));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void bitsDoNotDependOnThreads(Conv2dGeometry g) {
        float[] x = ConvLoops.random(g.inputSize(), 1);
        float[] w = ConvLoops.random(g.weightSize(), 2);
        float[] dy = ConvLoops.random(g.outputSize(), 3);
        float[][] one = null;
        for (int threads = 1; threads <= 3; threads++) {
            Parallel.setThreads(threads);
            float[][] all = {forward(x, w, null, g), backwardData(dy, w, null, g), backwardFilter(dy, x, g)};
            if (one == null) {
                one = all;
            }
            for (int i = 0; i < all.length; i++) {
                assertArrayEquals(one[i], all[i], threads + " threads, result " + i);
            }
        }
    }

    /** The three passes are derivatives of one trilinear form: sum y dy = sum x dx = sum w dw. */
    @ParameterizedTest
    @MethodSource("shapes")
    void passesAreAdjoint(Conv2dGeometry g) {
        float[] x = ConvLoops.random(g.inputSize(), 6);
        float[] w = ConvLoops.random(g.weightSize(), 7);
        float[] dy = ConvLoops.random(g.outputSize(), 8);
        double[] form = new double[2];
        int[] most = new int[g.outputSize() + g.inputSize() + g.weightSize()];
        ConvLoops.eachTap(g, (iy, ix, iw) -> {
            form[0] += (double) dy[iy] * x[ix] * w[iw];
            form[1] += Math.abs((double) dy[iy] * x[ix] * w[iw]);
            most[iy]++;
            most[g.outputSize() + ix]++;
            most[g.outputSize() + g.inputSize() + iw]++;
        });
        // Each pass is off by at most (terms + 2) eps of the magnitudes it sums, the dot product in double by far less.
        double bound = (Arrays.stream(most).max().orElseThrow() + 3) * Math.ulp(0.5f) * form[1];
        assertEquals(form[0], dot(forward(x, w, null, g), dy, g.outputSize()), bound);
        assertEquals(form[0], dot(backwardData(dy, w, null, g), x, g.inputSize()), bound);
        assertEquals(form[0], dot(backwardFilter(dy, x, g), w, g.weightSize()), bound);
    }

    private static double dot(float[] a, float[] b, int size) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static float[] forward(float[] x, float[] w, float[] bias, Conv2dGeometry g) {
        float[] y = ConvLoops.unwritten(g.outputSize());
        Conv2dCpu.forward(y, x, w, bias, g);
        return y;
    }

    private static float[] backwardData(float[] dy, float[] w, float[] bias, Conv2dGeometry g) {
        float[] dx = ConvLoops.unwritten(g.inputSize());
        Conv2dCpu.backwardData(dx, dy, w, bias, g);
        return dx;
    }

    private static float[] backwardFilter(float[] dy, float[] x, Conv2dGeometry g) {
        float[] dw = ConvLoops.unwritten(g.weightSize());
        Conv2dCpu.backwardFilter(dw, dy, x, g);
        return dw;
    }
}
