package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.engine.cpu.Gemm;
import dev.langevin.engine.cpu.Parallel;
import dev.langevin.engine.cpu.Simd;
import dev.langevin.tests.cpu.ConvLoops.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products of the CPU backend against plain loops. Rows: P-ENG (bmm, einsum, linear). */
class GemmTest {
    private static final int THREADS = Parallel.threads();

    /** One product: sizes, transposes, and whether it adds to C. */
    record Case(int batch, int m, int n, int k, boolean ta, boolean tb, boolean add) {
        int sizeA() {
            return batch * m * k;
        }

        int sizeB() {
            return batch * k * n;
        }

        int sizeC() {
            return batch * m * n;
        }

        int a(int e, int i, int l) {
            return e * m * k + (ta ? l * m + i : i * k + l);
        }

        int b(int e, int l, int j) {
            return e * k * n + (tb ? j * k + l : l * n + j);
        }
    }

    static Stream<Case> cases() {
        int l = Simd.LANES;
        int[][] sizes = {{1, 1, 1}, {1, l, 3}, {3, l - 1, 1}, {5, l + 1, l - 1}, {6, l, l}, {7, 2 * l, l + 1},
            {8, 2 * l + 1, 7}, {9, 3 * l, 2}, {12, 1, 40}, {13, 3 * l + 1, 33}, {97, 49, 32}, {100, 2 * l - 1, 1},
            {3, 70, 1025}, {200, 65, 90}};
        List<Case> all = new ArrayList<>();
        for (int[] s : sizes) {
            for (int bits = 0; bits < 8; bits++) {
                all.add(new Case(1, s[0], s[1], s[2], (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0));
            }
        }
        for (int bits = 0; bits < 8; bits++) {
            boolean ta = (bits & 1) != 0;
            boolean tb = (bits & 2) != 0;
            boolean add = (bits & 4) != 0;
            all.add(new Case(2, 50, 51, 52, ta, tb, add));
            all.add(new Case(17, 9, l + 2, 6, ta, tb, add));
            all.add(new Case(13, 3, 5, 1030, ta, tb, add));
        }
        return all.stream();
    }

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(THREADS);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithLoops(Case s) {
        int offset = 3;
        float[] a = ConvLoops.random(offset + s.sizeA(), 1);
        float[] b = ConvLoops.random(offset + s.sizeB(), 2);
        float[] c = ConvLoops.random(offset + s.sizeC(), 3);
        Sums expected = new Sums(offset + s.sizeC());
        for (int i = 0; i < offset; i++) {
            expected.add(i, c[i]);
        }
        for (int e = 0; e < s.batch; e++) {
            for (int i = 0; i < s.m; i++) {
                for (int j = 0; j < s.n; j++) {
                    int at = offset + (e * s.m + i) * s.n + j;
                    if (s.add) {
                        expected.add(at, c[at]);
                    }
                    for (int l = 0; l < s.k; l++) {
                        expected.add(at, (double) a[offset + s.a(e, i, l)] * b[offset + s.b(e, l, j)]);
                    }
                }
            }
        }
        float[] before = c.clone();
        float[] one = null;
        for (int threads = 1; threads <= 3; threads++) {
            Parallel.setThreads(threads);
            System.arraycopy(before, 0, c, 0, c.length);
            multiply(s, c, a, b, offset);
            expected.assertHolds(s + ", " + threads + " threads", c);
            if (one == null) {
                one = c.clone();
            }
            assertArrayEquals(one, c);
        }
    }

    private static void multiply(Case s, float[] c, float[] a, float[] b, int offset) {
        if (s.batch > 1) {
            Gemm.multiplyBatched(s.batch, c, offset, s.m * s.n, a, offset, s.m * s.k, s.ta, b, offset, s.k * s.n,
                    s.tb, s.m, s.n, s.k, s.add);
        } else {
            Gemm.multiply(c, offset, a, offset, s.ta, b, offset, s.tb, null, s.m, s.n, s.k, s.add);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void addsBias(Case s) {
        float[] a = ConvLoops.random(s.sizeA(), 1);
        float[] b = ConvLoops.random(s.sizeB(), 2);
        float[] bias = ConvLoops.random(s.n, 3);
        float[] c = ConvLoops.unwritten(s.m * s.n);
        Sums expected = new Sums(s.m * s.n);
        for (int i = 0; i < s.m; i++) {
            for (int j = 0; j < s.n; j++) {
                expected.add(i * s.n + j, bias[j]);
                for (int l = 0; l < s.k; l++) {
                    expected.add(i * s.n + j, (double) a[s.a(0, i, l)] * b[s.b(0, l, j)]);
                }
            }
        }
        Gemm.multiply(c, 0, a, 0, s.ta, b, 0, s.tb, bias, s.m, s.n, s.k, false);
        expected.assertHolds(s.toString(), c);
    }
}
