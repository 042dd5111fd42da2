package dev.langevin.tests.metrics;

import dev.langevin.engine.random.Philox;
import dev.langevin.sampling.metrics.Features;
import java.util.function.IntToDoubleFunction;

/** Samples of known distributions, each a pure function of a seed. */
final class Draws {
    private static final int PURPOSE = 900;

    private Draws() {
    }

    /** Standard normal (n d). */
    static double[] normals(long seed, int n, int d) {
        double[] out = new double[n * d];
        int[] words = new int[4];
        for (int i = 0; i < out.length; i++) {
            if (i % 4 == 0) {
                Philox.block(seed, PURPOSE, 0, 0, i / 4, words);
            }
            out[i] = Philox.normal(words, i % 4);
        }
        return out;
    }

    /** N(0, I) (n, d). */
    static Features normal(long seed, int n, int d) {
        return Features.of(normals(seed, n, d), d);
    }

    /** Uniform in (0, 1) (n). */
    static double[] uniforms(long seed, int n) {
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            out[i] = Philox.uniform(seed, PURPOSE + 1, 0, 0, i);
        }
        return out;
    }

    /** Standard normal vectors whose first component is moved by {@code shift} of the sample's number (n, d). */
    static Features shifted(long seed, int n, int d, IntToDoubleFunction shift) {
        double[] x = normals(seed, n, d);
        for (int i = 0; i < n; i++) {
            x[i * d] += shift.applyAsDouble(i);
        }
        return Features.of(x, d);
    }

    /** One set after the other. */
    static Features join(Features a, Features b) {
        int d = a.dimension();
        double[] both = new double[(a.count() + b.count()) * d];
        for (int i = 0; i < both.length; i++) {
            int row = i / d;
            both[i] = row < a.count() ? a.at(row, i % d) : b.at(row - a.count(), i % d);
        }
        return Features.of(both, d);
    }

    /** |x_i - y_j|^2 by a plain loop. */
    static double squaredDistance(Features x, int i, Features y, int j) {
        double sum = 0;
        for (int k = 0; k < x.dimension(); k++) {
            sum += (x.at(i, k) - y.at(j, k)) * (x.at(i, k) - y.at(j, k));
        }
        return sum;
    }
}
