package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.engine.cpu.OptimiserCpu;
import dev.langevin.engine.cpu.SamplerCpu;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.random.Philox;
import org.junit.jupiter.api.Test;

/** Adam with moving average, norms, and the samplers' step against double precision. Rows: R-ADAM, P-ENG. */
class UpdatesCpuTest {
    @Test
    void adamFollowsTheEquations() {
        for (int size : new int[] {1, Simd.LANES - 1, Simd.LANES, Simd.LANES + 1, 50_003}) {
            for (float decay : new float[] {0f, 0.1f}) {
                adam(size, decay);
            }
        }
    }

    private static void adam(int size, float weightDecay) {
        int steps = 5;
        float lr = 1e-2f;
        float[] start = Kernels.data(size, 1);
        double[] p = new double[size];
        double[] m = new double[size];
        double[] v = new double[size];
        double[] ema = new double[size];
        double[] bound = new double[size];
        for (int i = 0; i < size; i++) {
            p[i] = start[i];
            ema[i] = start[i];
            // A step has at most 12 roundings of a value up to 1.1 lr sqrt(steps), and two of p itself.
            bound[i] = steps * Kernels.EPS * (12 * 3 * lr + 3 * Math.abs(p[i]) + 3 * lr);
        }
        for (int step = 1; step <= steps; step++) {
            float[] g = Kernels.data(size, 10, 0, 100 + step);
            for (int i = 0; i < size; i++) {
                double gradient = 0.5 * g[i];
                p[i] -= (double) lr * weightDecay * p[i];
                m[i] = 0.9f * m[i] + (1 - 0.9f) * gradient;
                v[i] = 0.999f * v[i] + (1 - 0.999f) * gradient * gradient;
                p[i] -= lr * (m[i] / (1 - Math.pow(0.9f, step)))
                        / (Math.sqrt(v[i] / (1 - Math.pow(0.999f, step))) + 1e-8f);
                ema[i] += (1 - 0.99f) * (p[i] - ema[i]);
            }
        }
        float[][] last = new float[1][];
        float[] actual = Kernels.sameBits(() -> {
            float[] q = start.clone();
            float[] average = start.clone();
            float[] first = new float[size];
            float[] second = new float[size];
            for (int step = 1; step <= steps; step++) {
                float[] g = Kernels.data(size, 10, 0, 100 + step);
                OptimiserCpu.adam(q, g, first, second, average, 0, size, 0.5f, lr, 0.9f, 0.999f, 1e-8f, weightDecay,
                        (float) (1 - Math.pow(0.9f, step)), (float) (1 - Math.pow(0.999f, step)), 0.99f);
            }
            last[0] = average;
            return q;
        });
        Kernels.assertClose("parameters", p, actual, bound);
        Kernels.assertClose("average", ema, last[0], bound);
    }

    @Test
    void adamTouchesItsSegmentAlone() {
        float[] p = Kernels.data(100, 1);
        float[] before = p.clone();
        float[] g = Kernels.data(100, 2);
        float[] average = before.clone();
        OptimiserCpu.adam(p, g, new float[100], new float[100], average, 7, 52, 1, 1e-3f, 0.9f, 0.999f, 1e-8f, 0, 0.1f,
                0.001f, 0);
        for (int i = 0; i < p.length; i++) {
            boolean inside = i >= 7 && i < 52;
            assertEquals(!inside, Float.floatToIntBits(p[i]) == Float.floatToIntBits(before[i]), "element " + i);
            assertEquals(!inside, Float.floatToIntBits(average[i]) == Float.floatToIntBits(before[i]), "average " + i);
        }
    }

    @Test
    void sumOfSquaresInDouble() {
        for (int size : new int[] {0, 1, Simd.LANES + 1, 4096, 4097, 300_000}) {
            float[] g = Kernels.data(size, 3, 1, 4);
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += (double) g[i] * g[i];
            }
            double expected = sum;
            Kernels.sameBits(() -> {
                double actual = OptimiserCpu.sumOfSquares(g, size);
                assertEquals(expected, actual, expected * Kernels.EPS * (4096.0 / 4 / Simd.LANES + Simd.LANES + 3));
                long bits = Double.doubleToRawLongBits(actual);
                return new float[] {Float.intBitsToFloat((int) bits), Float.intBitsToFloat((int) (bits >>> 32))};
            });
        }
    }

    @Test
    void samplerStepAddsTheNoiseOfEachImage() {
        for (int imageSize : new int[] {1, 3, Simd.LANES - 1, 2 * Simd.LANES + 1, 1023, 2500, 17_000}) {
            int n = 3;
            float[] x = Kernels.data(n * imageSize, 5);
            float[] s = Kernels.data(n * imageSize, 6);
            float[] a = {1f, 0.5f, -2f};
            float[] b = {0.1f, 0f, 3f};
            float[] c = {0f, 1f, 0.7f};
            double[] out = new double[n * imageSize];
            double[] bound = new double[n * imageSize];
            for (int i = 0; i < out.length; i++) {
                int image = i / imageSize;
                out[i] = a[image] * x[i] + b[image] * s[i] + c[image] * Philox.normal(77, 2, 50 + image, 4, i % imageSize);
                // Four roundings, and the bound of the normals (PhiloxTest).
                bound[i] = Kernels.EPS * (4 * (Math.abs(a[image] * x[i]) + Math.abs(b[image] * s[i]) + 6 * c[image])
                        + 72 * c[image]);
            }
            float[] actual = Kernels.sameBits(() -> {
                float[] y = Kernels.poisoned(n * imageSize);
                SamplerCpu.affineNoise(y, x, s, n, imageSize, a, b, c, 77, 2, 50, 4);
                return y;
            });
            Kernels.assertClose("out", out, actual, bound);
            float[] inPlace = x.clone();
            SamplerCpu.affineNoise(inPlace, inPlace, s, n, imageSize, a, b, c, 77, 2, 50, 4);
            assertArrayEquals(Kernels.bits(actual), Kernels.bits(inPlace));
        }
    }
}
