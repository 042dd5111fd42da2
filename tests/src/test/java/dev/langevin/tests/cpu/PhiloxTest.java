package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.PhiloxCpu;
import dev.langevin.engine.random.Philox;
import java.util.HexFormat;
import org.apache.commons.rng.core.source32.Philox4x32;
import org.junit.jupiter.api.Test;

/** Philox4x32-10: known answers, an independent implementation, vectors against the scalar form. Rows: P-ENG. */
class PhiloxTest {
    private static final long SEED = 0x299f31d0a4093822L;
    /** Logarithm, square root, sine and two products: below 6 ulp, of values below 6 (an ulp is 2 EPS of the value). */
    private static final double NORMAL_BOUND = 6 * 6 * 2 * Kernels.EPS;

    @Test
    void knownAnswers() {
        assertBlock(0, 0, 0, 0, 0, 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
        assertBlock(-1, -1, -1, -1, -1, -1, "408f276d 41c83b0e a20bc7c6 6d5451fd");
        assertBlock(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
                "d16cfe09 94fdcceb 5001e420 24126ea1");
    }

    @Test
    void sameWordsAsCommonsRng() {
        Philox4x32 peer = new Philox4x32(new int[] {0xa4093822, 0x299f31d0, 5, 6, 7, 8});
        int[] words = new int[4];
        for (int block = 0; block < 100; block++) {
            // The peer counts up before its first block.
            Philox.block(6 + block, 6, 7, 8, 0xa4093822, 0x299f31d0, words);
            for (int word : words) {
                assertEquals(peer.nextInt(), word);
            }
        }
    }

    @Test
    void uniformsHaveTheBitsOfTheScalarForm() {
        for (int imageSize : new int[] {1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 63, 1023, 1025, 3000, 9000}) {
            int n = imageSize > 2000 ? 2 : 5;
            float[] out = Kernels.sameBits(() -> {
                float[] a = Kernels.poisoned(n * imageSize);
                PhiloxCpu.uniform(a, n, imageSize, SEED, 3, 11, 1 << 30);
                return a;
            });
            double[] expected = new double[n * imageSize];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = Philox.uniform(SEED, 3, 11 + i / imageSize, 1 << 30, i % imageSize);
                assertTrue(expected[i] > 0 && expected[i] < 1);
            }
            Kernels.assertClose("uniform " + imageSize, expected, out, 0);
        }
    }

    @Test
    void normalsAgreeWithDoublePrecision() {
        for (int imageSize : new int[] {1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 63, 1023, 1025, 3000, 9000}) {
            int n = imageSize > 2000 ? 2 : 5;
            float[] out = Kernels.sameBits(() -> {
                float[] a = Kernels.poisoned(n * imageSize);
                PhiloxCpu.normal(a, n, imageSize, -SEED, -7, 2, 9);
                return a;
            });
            double[] expected = new double[n * imageSize];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = Philox.normal(-SEED, -7, 2 + i / imageSize, 9, i % imageSize);
            }
            Kernels.assertClose("normal " + imageSize, expected, out, NORMAL_BOUND);
        }
    }

    @Test
    void imagesDoNotDependOnTheBatch() {
        float[] batch = new float[6 * 100];
        PhiloxCpu.normal(batch, 6, 100, SEED, 1, 40, 2);
        float[] alone = new float[100];
        PhiloxCpu.normal(alone, 1, 100, SEED, 1, 43, 2);
        assertArrayEquals(java.util.Arrays.copyOfRange(batch, 300, 400), alone);
    }

    @Test
    void momentsOfTheNormals() {
        int size = 1 << 20;
        float[] z = new float[size];
        PhiloxCpu.normal(z, 1, size, 5, 0, 0, 0);
        double[] moments = new double[5];
        for (float v : z) {
            for (int k = 1; k <= 4; k++) {
                moments[k] += Math.pow(v, k) / size;
            }
        }
        // Five standard deviations of each sample moment: variances 1, 2, 15 and 96 over the size.
        double[] variances = {0, 1, 2, 15, 96};
        double[] expected = {0, 0, 1, 0, 3};
        for (int k = 1; k <= 4; k++) {
            assertEquals(expected[k], moments[k], 5 * Math.sqrt(variances[k] / size), "moment " + k);
        }
    }

    private static void assertBlock(int c0, int c1, int c2, int c3, int k0, int k1, String expected) {
        int[] out = new int[4];
        Philox.block(c0, c1, c2, c3, k0, k1, out);
        StringBuilder s = new StringBuilder();
        for (int word : out) {
            s.append(s.isEmpty() ? "" : " ").append(HexFormat.of().toHexDigits(word));
        }
        assertEquals(expected, s.toString());
    }
}
