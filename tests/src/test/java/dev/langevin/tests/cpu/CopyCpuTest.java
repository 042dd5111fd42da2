package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.engine.cpu.CopyCpu;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Movement of elements against index arithmetic. Rows: P-ENG. */
class CopyCpuTest {
    private static final int[][][] PERMUTATIONS = {
        {{1}, {0}}, {{5}, {0}}, {{3, 4}, {1, 0}}, {{3, 4}, {0, 1}}, {{2, 50, 33}, {0, 2, 1}}, {{2, 5, 7}, {2, 1, 0}},
        {{3, 4, 5, 6}, {0, 2, 1, 3}}, {{3, 4, 5, 6}, {3, 1, 2, 0}}, {{3, 4, 5, 6}, {0, 3, 1, 2}}, {{3, 4, 5, 6}, {0, 2, 3, 1}},
        {{2, 1, 17, 1}, {3, 2, 1, 0}}, {{2, 3, 4, 5, 2}, {4, 2, 0, 3, 1}}, {{100, 300}, {1, 0}}, {{7, 1, 3}, {1, 2, 0}},
        {{2, 0, 3}, {2, 1, 0}}, {{3, 3, 17, 64}, {2, 1, 0, 3}},
    };

    @Test
    void permutations() {
        for (int[][] p : PERMUTATIONS) {
            int[] dims = p[0];
            int[] axes = p[1];
            int size = Arrays.stream(dims).reduce(1, (x, y) -> x * y);
            float[] in = Kernels.data(size, 1);
            double[] expected = new double[size];
            for (int e = 0; e < size; e++) {
                int[] at = new int[dims.length];
                int rest = e;
                for (int i = dims.length - 1; i >= 0; i--) {
                    at[axes[i]] = rest % dims[axes[i]];
                    rest /= dims[axes[i]];
                }
                int from = 0;
                for (int i = 0; i < dims.length; i++) {
                    from = from * dims[i] + at[i];
                }
                expected[e] = in[from];
            }
            float[] actual = Kernels.sameBits(() -> {
                float[] out = Kernels.poisoned(size);
                CopyCpu.permute(out, in, dims, axes);
                return out;
            });
            Kernels.assertClose(Arrays.deepToString(p), expected, actual, 0);
        }
    }

    @Test
    void slicesPadsAndConcatenations() {
        int outer = 5;
        int inner = 7;
        float[] in = Kernels.data(outer * 9 * inner, 2);
        float[] middle = Kernels.poisoned(outer * 4 * inner);
        CopyCpu.slice(middle, in, outer, 9, inner, 3, 7);
        float[] padded = Kernels.poisoned(outer * 9 * inner);
        CopyCpu.pad(padded, middle, outer, 4, inner, 3, 2);
        for (int o = 0; o < outer; o++) {
            for (int k = 0; k < 9; k++) {
                for (int i = 0; i < inner; i++) {
                    int e = (o * 9 + k) * inner + i;
                    assertEquals(k >= 3 && k < 7 ? in[e] : 0f, padded[e]);
                }
            }
        }
        float[] head = new float[outer * 3 * inner];
        float[] tail = new float[outer * 2 * inner];
        CopyCpu.slice(head, in, outer, 9, inner, 0, 3);
        CopyCpu.slice(tail, in, outer, 9, inner, 7, 9);
        float[] whole = Kernels.poisoned(outer * 9 * inner);
        CopyCpu.concat(whole, new float[][] {head, middle, tail}, new int[] {3, 4, 2}, outer, inner);
        double[] expected = new double[outer * 9 * inner];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = in[i];
        }
        Kernels.assertClose("concat of slices", expected, whole, 0);
    }

    @Test
    void upsamplingAndItsAdjoint() {
        for (int[] d : new int[][] {{1, 1, 1, 1}, {2, 3, 5, 3}, {3, 7, 7, 33}, {2, 14, 14, 64}}) {
            int n = d[0];
            int h = d[1];
            int w = d[2];
            int c = d[3];
            float[] in = Kernels.data(n * h * w * c, 3);
            float[] dy = Kernels.data(4 * n * h * w * c, 4);
            double[] up = new double[4 * n * h * w * c];
            double[] down = new double[n * h * w * c];
            double[] bound = new double[n * h * w * c];
            for (int e = 0; e < up.length; e++) {
                int j = e % c;
                int x = e / c % (2 * w);
                int y = e / c / (2 * w) % (2 * h);
                int from = (((e / c / (4 * w * h)) * h + y / 2) * w + x / 2) * c + j;
                up[e] = in[from];
                down[from] += dy[e];
                bound[from] += 2 * Kernels.EPS * Math.abs(dy[e]);
            }
            float[] out = Kernels.poisoned(up.length);
            CopyCpu.upsample2(out, in, n, h, w, c);
            Kernels.assertClose("upsample", up, out, 0);
            float[] dx = Kernels.poisoned(down.length);
            CopyCpu.upsample2Backward(dx, dy, n, h, w, c);
            Kernels.assertClose("upsample backward", down, dx, bound);
        }
    }

    @Test
    void gatherAndScatter() {
        for (int inner : new int[] {1, 3, 17, 200}) {
            int rows = 11;
            int count = 400;
            float[] table = Kernels.data(rows * inner, 5);
            int[] indices = new int[count + 5];
            for (int i = 0; i < count; i++) {
                indices[i] = i * i % (rows - 1);
            }
            indices[count] = -1;
            double[] taken = new double[count * inner];
            float[] dy = Kernels.data(count * inner, 6);
            double[] added = new double[rows * inner];
            double[] bound = new double[rows * inner];
            for (int e = 0; e < taken.length; e++) {
                int at = indices[e / inner] * inner + e % inner;
                taken[e] = table[at];
                added[at] += dy[e];
                bound[at] += count * Kernels.EPS * Math.abs(dy[e]);
            }
            float[] out = Kernels.poisoned(count * inner);
            CopyCpu.gather(out, table, indices, count, inner);
            Kernels.assertClose("gather", taken, out, 0);
            Kernels.assertClose("scatterAdd", added, Kernels.sameBits(() -> {
                float[] t = Kernels.poisoned(rows * inner);
                CopyCpu.scatterAdd(t, rows, dy, indices, count, inner);
                return t;
            }), bound);
        }
    }
}
