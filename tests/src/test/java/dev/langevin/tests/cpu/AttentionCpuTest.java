package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.engine.cpu.AttentionCpu;
import dev.langevin.engine.cpu.SoftmaxCpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Self-attention and softmax against plain double loops. Rows: N-ATTN, P-ENG. */
class AttentionCpuTest {
    @ParameterizedTest
    @CsvSource({"1,1,4,1,1", "2,7,8,2,1", "1,15,20,4,3", "2,16,32,2,1", "1,17,33,3,1", "2,49,128,4,1", "1,50,64,1,5",
        "1,196,24,1,1", "1,3,68,1,100"})
    void agreesWithDouble(int n, int t, int c, int heads, double scale) {
        int d = c / heads;
        float[] qkv = Kernels.data(n * t * 3 * c, Math.sqrt(scale), 0, 1);
        float[] dy = Kernels.data(n * t * c, 2);
        double[] y = new double[n * t * c];
        double[] yBound = new double[y.length];
        double[] dqkv = new double[n * t * 3 * c];
        double[] bound = new double[dqkv.length];
        for (int image = 0; image < n; image++) {
            for (int h = 0; h < heads; h++) {
                int q = image * t * 3 * c + h * d;
                int k = q + c;
                int v = k + c;
                int o = image * t * c + h * d;
                for (int i = 0; i < t; i++) {
                    double[] p = new double[t];
                    double max = Double.NEGATIVE_INFINITY;
                    double logitError = 0;
                    for (int j = 0; j < t; j++) {
                        double size = 0;
                        for (int e = 0; e < d; e++) {
                            double term = qkv[q + i * 3 * c + e] * (double) qkv[k + j * 3 * c + e] / Math.sqrt(d);
                            p[j] += term;
                            size += Math.abs(term);
                        }
                        max = Math.max(max, p[j]);
                        // d additions and two roundings of the scaled key.
                        logitError = Math.max(logitError, (d + 2) * Kernels.EPS * size);
                    }
                    double total = 0;
                    for (int j = 0; j < t; j++) {
                        p[j] = Math.exp(p[j] - max);
                        total += p[j];
                    }
                    // Relative error of a probability: logit and maximum, exponential (2 ulp), sum of t, division.
                    double pError = 4 * logitError + (t + 10) * Kernels.EPS;
                    double[] dp = new double[t];
                    double[] dpSize = new double[t];
                    double mean = 0;
                    double meanSize = 0;
                    for (int j = 0; j < t; j++) {
                        p[j] /= total;
                        for (int e = 0; e < d; e++) {
                            double value = qkv[v + j * 3 * c + e];
                            double g = dy[o + i * c + e];
                            y[o + i * c + e] += p[j] * value;
                            yBound[o + i * c + e] += (pError + (t + 1) * Kernels.EPS) * p[j] * Math.abs(value);
                            dqkv[v + j * 3 * c + e] += p[j] * g;
                            bound[v + j * 3 * c + e] += (pError + (t + 1) * Kernels.EPS) * p[j] * Math.abs(g);
                            dp[j] += g * value;
                            dpSize[j] += Math.abs(g * value);
                        }
                        mean += p[j] * dp[j];
                        meanSize += p[j] * dpSize[j];
                    }
                    for (int j = 0; j < t; j++) {
                        double ds = p[j] * (dp[j] - mean) / Math.sqrt(d);
                        double dsError = p[j] * (dpSize[j] + meanSize) / Math.sqrt(d)
                                * (2 * pError + (2 * t + d + 6) * Kernels.EPS);
                        for (int e = 0; e < d; e++) {
                            double key = qkv[k + j * 3 * c + e];
                            double query = qkv[q + i * 3 * c + e];
                            dqkv[q + i * 3 * c + e] += ds * key;
                            dqkv[k + j * 3 * c + e] += ds * query;
                            bound[q + i * 3 * c + e] += dsError * Math.abs(key);
                            bound[k + j * 3 * c + e] += dsError * Math.abs(query);
                        }
                    }
                }
            }
        }
        Kernels.assertClose("y", y, Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(n * t * c);
            AttentionCpu.forward(out, qkv, n, t, c, heads);
            return out;
        }), yBound);
        Kernels.assertClose("dqkv", dqkv, Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(n * t * 3 * c);
            AttentionCpu.backward(out, qkv, dy, n, t, c, heads);
            return out;
        }), bound);
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "5,3,1", "4,15,10", "3,16,1", "7,17,100", "2,1000,1", "300,10,3"})
    void softmax(int rows, int length, double scale) {
        float[] x = Kernels.data(rows * length, scale, 50, 3);
        double[] y = new double[rows * length];
        double[] yBound = new double[y.length];
        for (int r = 0; r < rows; r++) {
            double max = Double.NEGATIVE_INFINITY;
            double total = 0;
            for (int i = r * length; i < (r + 1) * length; i++) {
                max = Math.max(max, x[i]);
            }
            for (int i = r * length; i < (r + 1) * length; i++) {
                y[i] = Math.exp(x[i] - max);
                total += y[i];
            }
            for (int i = r * length; i < (r + 1) * length; i++) {
                y[i] /= total;
                // x - max rounded, exponential, sum, product; and the step of subnormal numbers.
                yBound[i] = y[i] * Kernels.EPS * (Math.abs(x[i] - max) + length + 8) + Float.MIN_VALUE;
            }
        }
        float[] probabilities = Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(rows * length);
            SoftmaxCpu.forward(out, x, rows, length);
            return out;
        });
        Kernels.assertClose("softmax", y, probabilities, yBound);
    }

    @Test
    void hugeLogitsDoNotOverflow() {
        float[] x = {1e30f, -1e30f, 1e30f, Float.NEGATIVE_INFINITY};
        float[] y = new float[4];
        SoftmaxCpu.forward(y, x, 1, 4);
        assertEquals(0.5f, y[0]);
        assertEquals(0f, y[1]);
        assertEquals(0.5f, y[2]);
        assertEquals(0f, y[3]);
    }
}
