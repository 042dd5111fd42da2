package dev.langevin.tests.cpu;

import dev.langevin.engine.cpu.GroupNormCpu;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Group normalisation with and without SiLU against plain double loops. Rows: P-ENG. */
class GroupNormCpuTest {
    private static final float EPS = 1e-5f;

    @ParameterizedTest
    @CsvSource({"1,1,1,1", "2,1,4,2", "1,9,1,1", "3,49,24,8", "2,35,37,37", "2,7,6,3", "1,784,16,4", "2,100,64,32",
        "1,33,96,1", "2,16,130,13", "2,64,15,5", "1,64,17,17", "5,25,32,8", "1,1500,2,2"})
    void agreesWithDouble(int n, int hw, int c, int groups) {
        for (boolean silu : new boolean[] {false, true}) {
            check(n, hw, c, groups, silu, 1, 0);
            check(n, hw, c, groups, silu, 1, 30);
            check(n, hw, c, groups, silu, 1e3, 0);
            check(n, hw, c, groups, silu, 1e-6, 0);
        }
    }

    /** Pixels around whose mean squares are summed: all others lie far away, and a variance has that many more roundings. */
    @Test
    void firstPixelsUnlikeTheOthers() {
        int hw = 784;
        int c = 64;
        float[] x = Kernels.data(hw * c, 1);
        for (int i = 0; i < 16 * c; i++) {
            x[i] += 1000;
        }
        float[] one = new float[c];
        Arrays.fill(one, 1);
        double[] expected = new double[hw * c];
        double[] bound = new double[hw * c];
        for (int g = 0; g < c / 8; g++) {
            double mean = 0;
            double squares = 0;
            for (int i = g * 8; i < hw * c; i += i % 8 == 7 ? c - 7 : 1) {
                mean += x[i] / (8.0 * hw);
            }
            for (int i = g * 8; i < hw * c; i += i % 8 == 7 ? c - 7 : 1) {
                squares += Math.pow(x[i] - mean, 2) / (8.0 * hw);
            }
            for (int i = g * 8; i < hw * c; i += i % 8 == 7 ? c - 7 : 1) {
                expected[i] = (x[i] - mean) / Math.sqrt(squares + EPS);
                bound[i] = Kernels.EPS * (16 + hw / 16) * (Math.abs(expected[i]) + 1);
            }
        }
        float[] y = Kernels.poisoned(hw * c);
        GroupNormCpu.forward(y, x, one, new float[c], 1, hw, c, 8, EPS, false);
        Kernels.assertClose("y", expected, y, bound);
    }

    @Test
    void gradientsThatNobodyWantsMayBeNull() {
        float[] x = Kernels.data(2 * 9 * 6, 1);
        float[] dy = Kernels.data(2 * 9 * 6, 2);
        float[] gamma = Kernels.data(6, 3);
        float[] beta = Kernels.data(6, 4);
        float[] dx = new float[108];
        float[] dgamma = new float[6];
        float[] dbeta = new float[6];
        GroupNormCpu.backward(dx, dgamma, dbeta, x, gamma, beta, dy, 2, 9, 6, 3, EPS, true);
        float[] other = new float[108];
        GroupNormCpu.backward(other, null, null, x, gamma, beta, dy, 2, 9, 6, 3, EPS, true);
        Kernels.assertClose("dx alone", doubles(dx), other, 0);
        other = new float[6];
        GroupNormCpu.backward(null, other, null, x, gamma, beta, dy, 2, 9, 6, 3, EPS, true);
        Kernels.assertClose("dgamma alone", doubles(dgamma), other, 0);
        other = new float[6];
        GroupNormCpu.backward(null, null, other, x, gamma, beta, dy, 2, 9, 6, 3, EPS, true);
        Kernels.assertClose("dbeta alone", doubles(dbeta), other, 0);
    }

    private static void check(int n, int hw, int c, int groups, boolean silu, double scale, double offset) {
        String what = Arrays.toString(new int[] {n, hw, c, groups}) + " silu " + silu + " x " + scale + " + " + offset;
        int size = n * hw * c;
        float[] x = Kernels.data(size, scale, offset, 5);
        float[] dy = Kernels.data(size, 6);
        float[] gamma = Kernels.data(c, 1, 1, 7);
        float[] beta = Kernels.data(c, 8);
        double[] y = new double[size];
        double[] yBound = new double[size];
        double[] dx = new double[size];
        double[] dxBound = new double[size];
        double[] dgamma = new double[c];
        double[] dbeta = new double[c];
        double[] gammaBound = new double[c];
        double[] betaBound = new double[c];
        int per = c / groups;
        double m = (double) hw * per;
        for (int i = 0; i < n; i++) {
            for (int g = 0; g < groups; g++) {
                double mean = 0;
                for (int p = 0; p < hw; p++) {
                    for (int j = g * per; j < (g + 1) * per; j++) {
                        mean += x[(i * hw + p) * c + j] / m;
                    }
                }
                double variance = 0;
                for (int p = 0; p < hw; p++) {
                    for (int j = g * per; j < (g + 1) * per; j++) {
                        variance += Math.pow(x[(i * hw + p) * c + j] - mean, 2) / m;
                    }
                }
                double r = 1 / Math.sqrt(variance + EPS);
                double a = 0;
                double b = 0;
                double sizeA = 0;
                double sizeB = 0;
                double[] dz = new double[hw * per];
                for (int p = 0; p < hw; p++) {
                    for (int j = g * per; j < (g + 1) * per; j++) {
                        int e = (i * hw + p) * c + j;
                        double xhat = (x[e] - mean) * r;
                        double z = gamma[j] * xhat + beta[j];
                        double s = 1 / (1 + Math.exp(-z));
                        y[e] = silu ? z * s : z;
                        // xhat off by rounding of x - mean (which the offset enlarges), of the scale and the sums in it.
                        double zError = 16 * Kernels.EPS * (Math.abs(gamma[j]) * (Math.abs(xhat) + 1) + Math.abs(beta[j]));
                        yBound[e] = 1.2 * zError + 8 * Kernels.EPS * Math.abs(y[e]);
                        double d = dy[e] * (silu ? s * (1 + z * (1 - s)) : 1);
                        double dError = silu ? Math.abs(dy[e]) * (0.5 * zError + 16 * Kernels.EPS) : 0;
                        dz[p * per + j - g * per] = d;
                        dxBound[e] = Math.abs(gamma[j]) * r * (dError + 8 * Kernels.EPS * Math.abs(d));
                        a += gamma[j] * d;
                        b += gamma[j] * d * xhat;
                        sizeA += Math.abs(gamma[j] * d) + Math.abs(gamma[j]) * dError / Kernels.EPS / 40;
                        sizeB += Math.abs(gamma[j] * d * xhat) + Math.abs(gamma[j] * xhat) * dError / Kernels.EPS / 40;
                        dgamma[j] += d * xhat;
                        dbeta[j] += d;
                        gammaBound[j] += 40 * Kernels.EPS * Math.abs(d) * (Math.abs(xhat) + 1) + dError * Math.abs(xhat);
                        betaBound[j] += 40 * Kernels.EPS * Math.abs(d) + dError;
                    }
                }
                for (int p = 0; p < hw; p++) {
                    for (int j = g * per; j < (g + 1) * per; j++) {
                        int e = (i * hw + p) * c + j;
                        double xhat = (x[e] - mean) * r;
                        dx[e] = r * (gamma[j] * dz[p * per + j - g * per] - (a + xhat * b) / m);
                        // Sums of at most 32 terms in float, then double; xhat as above.
                        dxBound[e] += 40 * Kernels.EPS * r * (sizeA + (Math.abs(xhat) + 1) * (sizeB + sizeA)) / m;
                    }
                }
            }
        }
        float[] actual = Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(size);
            GroupNormCpu.forward(out, x, gamma, beta, n, hw, c, groups, EPS, silu);
            return out;
        });
        Kernels.assertClose("y " + what, y, actual, yBound);
        float[] gammaGradient = Kernels.poisoned(c);
        float[] betaGradient = Kernels.poisoned(c);
        actual = Kernels.sameBits(() -> {
            float[] out = Kernels.poisoned(size);
            GroupNormCpu.backward(out, gammaGradient, betaGradient, x, gamma, beta, dy, n, hw, c, groups, EPS, silu);
            return out;
        });
        Kernels.assertClose("dx " + what, dx, actual, dxBound);
        Kernels.assertClose("dgamma " + what, dgamma, gammaGradient, gammaBound);
        Kernels.assertClose("dbeta " + what, dbeta, betaGradient, betaBound);
    }

    private static double[] doubles(float[] a) {
        double[] d = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            d[i] = a[i];
        }
        return d;
    }
}
