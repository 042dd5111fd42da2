package dev.langevin.tests.cpu;

import dev.langevin.engine.cpu.Conv2dGeometry;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Convolution by plain loops in double, the definition the kernels are held to. */
final class ConvLoops {
    private static final double EPS = Math.ulp(1f) / 2;

    private ConvLoops() {
    }

    /** Calls {@code tap} with the indices into y, x and w of every product that is not with padding. */
    static void eachTap(Conv2dGeometry g, Tap tap) {
        for (int n = 0; n < g.n(); n++) {
            for (int i = 0; i < g.oh(); i++) {
                for (int j = 0; j < g.ow(); j++) {
                    for (int ky = 0; ky < g.kh(); ky++) {
                        for (int kx = 0; kx < g.kw(); kx++) {
                            int y = i * g.stride() + ky - g.pad();
                            int x = j * g.stride() + kx - g.pad();
                            if (y < 0 || y >= g.h() || x < 0 || x >= g.w()) {
                                continue;
                            }
                            for (int o = 0; o < g.co(); o++) {
                                for (int c = 0; c < g.ci(); c++) {
                                    tap.at(((n * g.oh() + i) * g.ow() + j) * g.co() + o,
                                            ((n * g.h() + y) * g.w() + x) * g.ci() + c,
                                            ((o * g.kh() + ky) * g.kw() + kx) * g.ci() + c);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @FunctionalInterface
    interface Tap {
        void at(int y, int x, int w);
    }

    /** A sum with the sum of the magnitudes of its terms and their number, from which the bound of its error follows. */
    static final class Sums {
        final double[] value;
        final double[] magnitude;
        final int[] terms;

        Sums(int size) {
            value = new double[size];
            magnitude = new double[size];
            terms = new int[size];
        }

        void add(int i, double term) {
            value[i] += term;
            magnitude[i] += Math.abs(term);
            terms[i]++;
        }

        /**
         * Where a float sum of k terms in any order may lie: k roundings of at most eps each of partial sums bounded by the
         * sum of magnitudes, (k + 2) eps sum |term| (Higham, Accuracy and Stability, section 4.2; 2 for the products and
         * for second-order terms).
         */
        void assertHolds(String what, float[] actual) {
            for (int i = 0; i < value.length; i++) {
                double bound = (terms[i] + 2) * EPS * magnitude[i];
                if (!(Math.abs(actual[i] - value[i]) <= bound)) {
                    throw new AssertionError(what + ": element " + i + ": expected " + value[i] + " within " + bound
                            + " (" + terms[i] + " terms), got " + actual[i]);
                }
            }
        }
    }

    /** Floats in [-1, 1), in an array longer than asked for whose rest is NaN, as pooled storage may be. */
    static float[] random(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] a = new float[size + 5];
        for (int i = 0; i < a.length; i++) {
            a[i] = i < size ? (float) (2 * random.nextDouble() - 1) : Float.NaN;
        }
        return a;
    }

    /** NaN everywhere, so that an element that is not written is found. */
    static float[] unwritten(int size) {
        float[] a = new float[size + 5];
        Arrays.fill(a, Float.NaN);
        return a;
    }
}
