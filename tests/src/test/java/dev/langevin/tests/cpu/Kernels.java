package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Parallel;
import java.util.Random;
import java.util.function.Supplier;

/** What the tests of the CPU kernels share: data, comparison with a bound, same bits for every number of threads. */
final class Kernels {
    /** Half the distance of 1 to the next float: the relative error of one rounding. */
    static final double EPS = 0x1p-24;

    private Kernels() {
    }

    /** Normal numbers times {@code scale} plus {@code offset}, in an array longer than {@code size} with NaN behind. */
    static float[] data(int size, double scale, double offset, long seed) {
        Random random = new Random(seed);
        float[] a = poisoned(size);
        for (int i = 0; i < size; i++) {
            a[i] = (float) (random.nextGaussian() * scale + offset);
        }
        return a;
    }

    static float[] data(int size, long seed) {
        return data(size, 1, 0, seed);
    }

    /** An array longer than {@code size}, all NaN: what is not written shows, and so does what is read behind the end. */
    static float[] poisoned(int size) {
        float[] a = new float[size + 37];
        java.util.Arrays.fill(a, Float.NaN);
        return a;
    }

    /** Each of the first {@code expected.length} values within {@code bound[i]}; all values behind are untouched (NaN). */
    static void assertClose(String what, double[] expected, float[] actual, double[] bound) {
        double worst = 0;
        int at = -1;
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(expected[i] - actual[i]);
            double share = expected[i] == actual[i] ? 0 : error / bound[i];
            if (!(share <= worst)) {
                worst = share;
                at = i;
            }
            if (Double.isNaN(share)) {
                break;
            }
        }
        String report = what + ": worst element " + at + ", share of tolerance " + worst
                + (at < 0 ? "" : ", expected " + expected[at] + ", got " + actual[at]);
        assertTrue(worst <= 1, report);
        for (int i = expected.length; i < actual.length; i++) {
            assertTrue(Float.isNaN(actual[i]), what + ": wrote behind the end, at " + i);
        }
    }

    static void assertClose(String what, double[] expected, float[] actual, double bound) {
        double[] bounds = new double[expected.length];
        java.util.Arrays.fill(bounds, bound);
        assertClose(what, expected, actual, bounds);
    }

    /** Runs a kernel on 1, 2 and 3 threads and twice on 2, and asks for the same bits. */
    static float[] sameBits(Supplier<float[]> kernel) {
        int before = Parallel.threads();
        try {
            float[] first = null;
            for (int threads : new int[] {1, 2, 2, 3}) {
                Parallel.setThreads(threads);
                float[] result = kernel.get();
                if (first == null) {
                    first = result;
                } else {
                    assertArrayEquals(bits(first), bits(result), "bits on " + threads + " threads");
                }
            }
            return first;
        } finally {
            Parallel.setThreads(before);
        }
    }

    static int[] bits(float[] a) {
        int[] bits = new int[a.length];
        for (int i = 0; i < a.length; i++) {
            bits[i] = Float.floatToRawIntBits(a[i]);
        }
        return bits;
    }
}
