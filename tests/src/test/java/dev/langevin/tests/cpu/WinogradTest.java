package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Conv2dAlgorithm;
import dev.langevin.engine.cpu.Conv2dCpu;
import dev.langevin.engine.cpu.Conv2dGeometry;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 3x3 convolutions by Winograd's algorithm: every way in which tiles can be ragged, against plain loops in double, within
 * the bound that its matrices give, made here from their definition.
 */
class WinogradTest {
    private static final double EPS = Math.ulp(1f) / 2;
    private static final double[] POINTS = {0, Math.sqrt(0.5), -Math.sqrt(0.5), Double.POSITIVE_INFINITY, Math.sqrt(2), -Math.sqrt(2)};
    /** Roundings on the way through the three transforms, each of two axes of at most six. */
    private static final int TRANSFORMS = 36;

    static Stream<Conv2dGeometry> shapes() {
        List<Conv2dGeometry> shapes = new ArrayList<>();
        for (int h = 2; h <= 9; h++) {
            shapes.add(new Conv2dGeometry(3, h, 11 - h, 17, 31, 3, 3, 1, 1));
        }
        for (int pad = 0; pad <= 2; pad++) {
            shapes.add(new Conv2dGeometry(2, 7, 6, 16, 33, 3, 3, 1, pad));
        }
        shapes.add(new Conv2dGeometry(9, 14, 14, 16, 32, 3, 3, 1, 1));
        shapes.add(new Conv2dGeometry(1, 5, 70, 40, 16, 3, 3, 1, 1));
        shapes.add(new Conv2dGeometry(40, 7, 7, 24, 24, 3, 3, 1, 1));
        return shapes.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void agreesWithLoops(Conv2dGeometry g) {
        assertEquals(Conv2dAlgorithm.WINOGRAD, Conv2dAlgorithm.forward(g));
        assertEquals(Conv2dAlgorithm.WINOGRAD, Conv2dAlgorithm.backwardData(g));
        assertEquals(Conv2dAlgorithm.WINOGRAD, Conv2dAlgorithm.backwardFilter(g));
        float[] x = ConvLoops.random(g.inputSize(), 1);
        float[] w = ConvLoops.random(g.weightSize(), 2);
        float[] dy = ConvLoops.random(g.outputSize(), 3);
        float[] bias = ConvLoops.random(g.co(), 4);
        float[] inBias = ConvLoops.random(g.ci(), 5);
        float[] z = ConvLoops.random(g.outputSize(), 6);
        double[] y = new double[g.outputSize()];
        double[] dx = new double[g.inputSize()];
        double[] dw = new double[g.weightSize()];
        ConvLoops.eachTap(g, (iy, ix, iw) -> {
            y[iy] += (double) x[ix] * w[iw];
            dx[ix] += (double) dy[iy] * w[iw];
            dw[iw] += (double) dy[iy] * x[ix];
        });
        for (int i = 0; i < y.length; i++) {
            y[i] += bias[i % g.co()] + z[i];
        }
        for (int i = 0; i < dx.length; i++) {
            dx[i] += inBias[i % g.ci()];
        }
        float[] actual = ConvLoops.unwritten(y.length);
        Conv2dCpu.forward(actual, x, w, bias, z, g);
        check("forward", y, actual, outputMagnitude(x, g.h(), g.w(), g.ci(), w, false, g, g.pad(), g.oh(), g.ow(), g.co()),
                g.ci(), 2);
        actual = ConvLoops.unwritten(dx.length);
        Conv2dCpu.backwardData(actual, dy, w, inBias, g);
        check("backward-data", dx, actual,
                outputMagnitude(dy, g.oh(), g.ow(), g.co(), w, true, g, 2 - g.pad(), g.h(), g.w(), g.ci()), g.co(), 1);
        actual = ConvLoops.unwritten(dw.length);
        Conv2dCpu.backwardFilter(actual, dy, x, g);
        int tiles = g.n() * ((g.oh() + 3) / 4) * ((g.ow() + 3) / 4);
        check("backward-filter", dw, actual, weightMagnitude(x, dy, g), tiles, 0);
    }

    /** 4x4 of stride 2 and its transpose: four phases of 2x2 taps, which are 3x3 taps with zeros. */
    @ParameterizedTest
    @MethodSource("halvings")
    void halvingAgreesWithLoops(Conv2dGeometry g) {
        assertEquals(Conv2dAlgorithm.WINOGRAD, Conv2dAlgorithm.forward(g));
        float[] x = ConvLoops.random(g.inputSize(), 1);
        float[] w = ConvLoops.random(g.weightSize(), 2);
        float[] dy = ConvLoops.random(g.outputSize(), 3);
        float[] bias = ConvLoops.random(g.co(), 4);
        float[] inBias = ConvLoops.random(g.ci(), 5);
        double[] y = new double[g.outputSize()];
        double[] dx = new double[g.inputSize()];
        double[] dw = new double[g.weightSize()];
        ConvLoops.eachTap(g, (iy, ix, iw) -> {
            y[iy] += (double) x[ix] * w[iw];
            dx[ix] += (double) dy[iy] * w[iw];
            dw[iw] += (double) dy[iy] * x[ix];
        });
        for (int i = 0; i < y.length; i++) {
            y[i] += bias[i % g.co()];
        }
        for (int i = 0; i < dx.length; i++) {
            dx[i] += inBias[i % g.ci()];
        }
        double[] yMagnitude = new double[y.length];
        double[] dxMagnitude = new double[dx.length];
        double[] dwMagnitude = new double[dw.length];
        Conv2dGeometry phase = new Conv2dGeometry(g.n(), g.oh() + 2, g.ow() + 2, g.ci(), g.co(), 3, 3, 1, 0);
        for (int ry = 0; ry < 2; ry++) {
            for (int rx = 0; rx < 2; rx++) {
                float[] part = new float[phase.inputSize()];
                float[] shifted = new float[g.n() * (g.oh() + 2) * (g.ow() + 2) * g.co()];
                float[] taps = new float[phase.weightSize()];
                float[] reached = new float[phase.weightSize()];
                for (int image = 0; image < g.n(); image++) {
                    for (int i = 0; i < g.oh() + 2; i++) {
                        for (int j = 0; j < g.ow() + 2; j++) {
                            int at = (image * (g.oh() + 2) + i) * (g.ow() + 2) + j;
                            pixel(part, at, x, image, 2 * i + ry - 1, 2 * j + rx - 1, g.h(), g.w(), g.ci());
                            pixel(shifted, at, dy, image, i + ry - 1, j + rx - 1, g.oh(), g.ow(), g.co());
                        }
                    }
                }
                for (int o = 0; o < g.co(); o++) {
                    for (int tap = 0; tap < 4; tap++) {
                        int ky = tap / 2;
                        int kx = tap % 2;
                        int to = (o * 9 + ky * 3 + kx) * g.ci();
                        System.arraycopy(w, ((o * 4 + 2 * ky + ry) * 4 + 2 * kx + rx) * g.ci(), taps, to, g.ci());
                        // Read in reverse order by the adjoint.
                        System.arraycopy(w, ((o * 4 + 3 - ry - 2 * ky) * 4 + 3 - rx - 2 * kx) * g.ci(), reached,
                                (o * 9 + 8 - ky * 3 - kx) * g.ci(), g.ci());
                    }
                }
                double[] m = outputMagnitude(part, g.oh() + 2, g.ow() + 2, g.ci(), taps, false, phase, 0, g.oh(), g.ow(), g.co());
                for (int i = 0; i < m.length; i++) {
                    yMagnitude[i] += m[i];
                }
                m = outputMagnitude(shifted, g.oh() + 2, g.ow() + 2, g.co(), reached, true, phase, 0, g.oh(), g.ow(), g.ci());
                for (int i = 0; i < m.length; i++) {
                    int p = i / g.ci();
                    int row = p / g.ow() * 2 + ry;
                    dxMagnitude[(row * g.w() + p % g.ow() * 2 + rx) * g.ci() + i % g.ci()] = m[i];
                }
                m = weightMagnitude(part, dy, phase);
                for (int i = 0; i < m.length; i++) {
                    int tap = i / g.ci() % 9;
                    if (tap / 3 < 2 && tap % 3 < 2) {
                        dwMagnitude[((i / g.ci() / 9 * 4 + tap / 3 * 2 + ry) * 4 + tap % 3 * 2 + rx) * g.ci() + i % g.ci()] = m[i];
                    }
                }
            }
        }
        float[] actual = ConvLoops.unwritten(y.length);
        Conv2dCpu.forward(actual, x, w, bias, g);
        check("forward", y, actual, yMagnitude, 4 * g.ci(), 1);
        actual = ConvLoops.unwritten(dx.length);
        Conv2dCpu.backwardData(actual, dy, w, inBias, g);
        check("backward-data", dx, actual, dxMagnitude, g.co(), 1);
        actual = ConvLoops.unwritten(dw.length);
        Conv2dCpu.backwardFilter(actual, dy, x, g);
        check("backward-filter", dw, actual, dwMagnitude, g.n() * ((g.oh() + 3) / 4) * ((g.ow() + 3) / 4), 0);
    }

    static Stream<Conv2dGeometry> halvings() {
        return Stream.of(new Conv2dGeometry(2, 14, 8, 64, 65, 4, 4, 2, 1), new Conv2dGeometry(1, 10, 12, 66, 64, 4, 4, 2, 1),
                Conv2dGeometry.transposed(3, 2, 5, 64, 64, 4, 4, 2, 1));
    }

    private static void pixel(float[] to, int at, float[] from, int image, int y, int x, int h, int w, int channels) {
        if (y >= 0 && y < h && x >= 0 && x < w) {
            System.arraycopy(from, ((image * h + y) * w + x) * channels, to, at * channels, channels);
        }
    }

    /** On independent inputs the typical error is at most three times that of the direct sum's kernel. */
    @Test
    void typicalErrorIsThatOfADirectSum() {
        Conv2dGeometry g = new Conv2dGeometry(2, 16, 16, 64, 64, 3, 3, 1, 1);
        float[] x = ConvLoops.random(g.inputSize(), 1);
        float[] w = ConvLoops.random(g.weightSize(), 2);
        double[] y = new double[g.outputSize()];
        float[] direct = new float[g.outputSize()];
        ConvLoops.eachTap(g, (iy, ix, iw) -> {
            y[iy] += (double) x[ix] * w[iw];
            direct[iy] = Math.fma(x[ix], w[iw], direct[iy]);
        });
        float[] actual = ConvLoops.unwritten(y.length);
        Conv2dCpu.forward(actual, x, w, null, g);
        double ours = 0;
        double sums = 0;
        for (int i = 0; i < y.length; i++) {
            ours += (actual[i] - y[i]) * (actual[i] - y[i]);
            sums += (direct[i] - y[i]) * (direct[i] - y[i]);
        }
        assertTrue(ours < 9 * sums, "rms error " + Math.sqrt(ours / y.length) + ", direct sum " + Math.sqrt(sums / y.length));
    }

    /** An image's bits are the same whatever else is in its batch. */
    @Test
    void imagesDoNotDependOnTheirBatch() {
        Conv2dGeometry all = new Conv2dGeometry(21, 6, 7, 16, 40, 3, 3, 1, 1);
        Conv2dGeometry one = new Conv2dGeometry(1, 6, 7, 16, 40, 3, 3, 1, 1);
        float[] x = ConvLoops.random(all.inputSize(), 1);
        float[] w = ConvLoops.random(all.weightSize(), 2);
        float[] y = new float[all.outputSize()];
        Conv2dCpu.forward(y, x, w, null, all);
        for (int i = 0; i < all.n(); i++) {
            float[] alone = new float[one.outputSize()];
            Conv2dCpu.forward(alone, java.util.Arrays.copyOfRange(x, i * one.inputSize(), (i + 1) * one.inputSize()), w, null, one);
            assertArrayEquals(java.util.Arrays.copyOfRange(y, i * alone.length, (i + 1) * alone.length), alone, "image " + i);
        }
    }

    private static void check(String pass, double[] expected, float[] actual, double[] magnitude, int terms, int more) {
        for (int i = 0; i < expected.length; i++) {
            double bound = (terms + TRANSFORMS + more) * EPS * (magnitude[i] + more);
            if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
                throw new AssertionError(pass + ": element " + i + ": expected " + expected[i] + " within " + bound + ", got "
                        + actual[i]);
            }
        }
    }

    /** |A^T| ((|G| |g| |G^T|) * (|B^T| |d| |B|)) |A| summed over channels. */
    private static double[] outputMagnitude(float[] x, int h, int w, int channels, float[] weights, boolean adjoint,
            Conv2dGeometry g, int pad, int oh, int ow, int columns) {
        double[][] u = new double[channels * columns][];
        for (int c = 0; c < channels; c++) {
            for (int o = 0; o < columns; o++) {
                double[] taps = new double[9];
                for (int tap = 0; tap < 9; tap++) {
                    taps[tap] = adjoint ? weights[(c * 9 + 8 - tap) * columns + o] : weights[(o * 9 + tap) * channels + c];
                }
                u[c * columns + o] = both(g(), taps, 3, g(), 3);
            }
        }
        double[] magnitude = new double[g.n() * oh * ow * columns];
        eachTile(g.n(), oh, ow, (image, top, left, rows, cols) -> {
            for (int c = 0; c < channels; c++) {
                double[] v = both(b(rows), window(x, image, h, w, channels, c, top - pad, left - pad, rows + 2, cols + 2), rows + 2,
                        b(cols), cols + 2);
                int points = b(cols).length;
                for (int o = 0; o < columns; o++) {
                    double[] m = new double[v.length];
                    for (int k = 0; k < v.length; k++) {
                        m[k] = v[k] * u[c * columns + o][k / points * 6 + k % points];
                    }
                    double[] y = both(transposed(a(rows)), m, b(rows).length, transposed(a(cols)), points);
                    for (int k = 0; k < y.length; k++) {
                        magnitude[((image * oh + top + k / cols) * ow + left + k % cols) * columns + o] += y[k];
                    }
                }
            }
        });
        return magnitude;
    }

    private static double[] weightMagnitude(float[] x, float[] dy, Conv2dGeometry g) {
        double[][] u = new double[g.co() * g.ci()][36];
        eachTile(g.n(), g.oh(), g.ow(), (image, top, left, rows, cols) -> {
            int points = b(cols).length;
            double[][] m = new double[g.co()][];
            for (int o = 0; o < g.co(); o++) {
                m[o] = both(a(rows), window(dy, image, g.oh(), g.ow(), g.co(), o, top, left, rows, cols), rows, a(cols), cols);
            }
            for (int c = 0; c < g.ci(); c++) {
                double[] v = both(b(rows), window(x, image, g.h(), g.w(), g.ci(), c, top - g.pad(), left - g.pad(), rows + 2, cols + 2),
                        rows + 2, b(cols), cols + 2);
                for (int o = 0; o < g.co(); o++) {
                    for (int k = 0; k < v.length; k++) {
                        u[o * g.ci() + c][k / points * 6 + k % points] += v[k] * m[o][k];
                    }
                }
            }
        });
        double[] magnitude = new double[g.weightSize()];
        for (int o = 0; o < g.co(); o++) {
            for (int c = 0; c < g.ci(); c++) {
                double[] taps = both(transposed(g()), u[o * g.ci() + c], 6, transposed(g()), 6);
                for (int tap = 0; tap < 9; tap++) {
                    magnitude[(o * 9 + tap) * g.ci() + c] = taps[tap];
                }
            }
        }
        return magnitude;
    }

    private interface Tile {
        void at(int image, int top, int left, int rows, int cols);
    }

    private static void eachTile(int n, int oh, int ow, Tile tile) {
        for (int image = 0; image < n; image++) {
            for (int top = 0; top < oh; top += 4) {
                for (int left = 0; left < ow; left += 4) {
                    tile.at(image, top, left, Math.min(4, oh - top), Math.min(4, ow - left));
                }
            }
        }
    }

    private static double[] window(float[] x, int image, int h, int w, int channels, int c, int top, int left, int rows, int cols) {
        double[] d = new double[rows * cols];
        for (int k = 0; k < d.length; k++) {
            int y = top + k / cols;
            int z = left + k % cols;
            d[k] = y < 0 || y >= h || z < 0 || z >= w ? 0 : x[((image * h + y) * w + z) * channels + c];
        }
        return d;
    }

    /** |l| |d| |r|^T for d of rows by cols. */
    private static double[] both(double[][] l, double[] d, int rows, double[][] r, int cols) {
        double[] out = new double[l.length * r.length];
        for (int i = 0; i < l.length; i++) {
            for (int j = 0; j < r.length; j++) {
                for (int a = 0; a < rows; a++) {
                    for (int b = 0; b < cols; b++) {
                        out[i * r.length + j] += Math.abs(l[i][a] * d[a * cols + b] * r[j][b]);
                    }
                }
            }
        }
        return out;
    }

    private static int points(int outputs) {
        return outputs == 1 ? 3 : outputs + 2;
    }

    /** G: powers of each of the six points over its distances to the other finite ones. */
    private static double[][] g() {
        double[][] g = new double[6][];
        for (int i = 0; i < 6; i++) {
            double a = POINTS[i];
            double n = 1;
            for (int j = 0; j < 6; j++) {
                n *= j == i || Double.isInfinite(POINTS[j]) ? 1 : a - POINTS[j];
            }
            g[i] = Double.isInfinite(a) ? new double[] {0, 0, 1} : new double[] {1 / n, a / n, a * a / n};
        }
        return g;
    }

    /** A: powers of the points that some outputs use. */
    private static double[][] a(int outputs) {
        double[][] m = new double[points(outputs)][outputs];
        for (int i = 0; i < m.length; i++) {
            for (int k = 0; k < outputs; k++) {
                m[i][k] = Double.isInfinite(POINTS[i]) ? (k == outputs - 1 ? 1 : 0) : Math.pow(POINTS[i], k);
            }
        }
        return m;
    }

    /** B^T: coefficients of the product of (x - b) over the other used points, times (a - b) of the unused ones. */
    private static double[][] b(int outputs) {
        int used = points(outputs);
        double[][] m = new double[used][];
        for (int i = 0; i < used; i++) {
            double a = POINTS[i];
            double[] p = new double[outputs + 2];
            p[0] = 1;
            int degree = 0;
            for (int j = 0; j < 6; j++) {
                double b = POINTS[j];
                if (j == i || Double.isInfinite(b)) {
                    continue;
                }
                if (j >= used) {
                    for (int k = 0; k < p.length; k++) {
                        p[k] *= Double.isInfinite(a) ? 1 : a - b;
                    }
                    continue;
                }
                degree++;
                for (int k = degree; k >= 0; k--) {
                    p[k] = (k > 0 ? p[k - 1] : 0) - b * p[k];
                }
            }
            m[i] = p;
        }
        return m;
    }

    private static double[][] transposed(double[][] m) {
        double[][] t = new double[m[0].length][m.length];
        for (int i = 0; i < m.length; i++) {
            for (int j = 0; j < m[0].length; j++) {
                t[j][i] = m[i][j];
            }
        }
        return t;
    }
}
