package dev.langevin.sampling.adaptive;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.Step;

/**
 * One step of the pair of orders 5 and 4 of Dormand & Prince (1980, "A family of embedded Runge-Kutta formulae"):
 * <pre>k_1 = v(x, u), k_i = v(x + h sum_(j<i) a_ij k_j, u + c_i h), x' = x + h sum_i b_i k_i, e = h sum_i (b_i - b*_i) k_i</pre>
 * x' is of order 5, e the estimate of the error of the formula of order 4. k_7 is v at x' and u + h, which is the k_1 of the
 * next step ("first same as last"), so that a step costs six evaluations. The rows step together, each by its own h.
 */
final class DormandPrince {
    /** Evaluations of a step. */
    static final int EVALUATIONS = 6;

    private static final double[] C = {0, 1 / 5.0, 3 / 10.0, 4 / 5.0, 8 / 9.0, 1, 1};
    /** The last row is b, too. */
    private static final double[][] A = {
        {},
        {1 / 5.0},
        {3 / 40.0, 9 / 40.0},
        {44 / 45.0, -56 / 15.0, 32 / 9.0},
        {19372 / 6561.0, -25360 / 2187.0, 64448 / 6561.0, -212 / 729.0},
        {9017 / 3168.0, -355 / 33.0, 46732 / 5247.0, 49 / 176.0, -5103 / 18656.0},
        {35 / 384.0, 0, 500 / 1113.0, 125 / 192.0, -2187 / 6784.0, 11 / 84.0}};
    /** b - b*. */
    private static final double[] E = {71 / 57600.0, 0, -71 / 16695.0, 71 / 1920.0, -17253 / 339200.0, 22 / 525.0, -1 / 40.0};

    private DormandPrince() {
    }

    /**
     * Where a step leads.
     *
     * @param x x' (n, m)
     * @param slope v there (n, m)
     * @param error the norm of e of each row (n); may be infinite or NaN where v is
     */
    record Step(Tensor x, Tensor slope, double[] error) {
    }

    /**
     * @param x (n, m)
     * @param slope v(x, from), (n, m)
     * @param from the time of each row (n)
     * @param to the time that each row steps to, before or after it (n)
     * @param rows as for {@link VectorField}
     */
    static Step step(VectorField field, Tensor x, Tensor slope, double[] from, double[] to, int[] rows, Tolerance tolerance) {
        int n = from.length;
        double[] lengths = new double[n];
        for (int j = 0; j < n; j++) {
            lengths[j] = to[j] - from[j];
        }
        Tensor h = Tensor.of(Shape.of(n, 1), lengths);
        Tensor[] k = new Tensor[C.length];
        k[0] = slope;
        Tensor next = x;
        for (int i = 1; i < C.length; i++) {
            next = x.add(combination(A[i], k).mul(h));
            Tensor state = next;
            double[] u = new double[n];
            for (int j = 0; j < n; j++) {
                u[j] = C[i] == 1 ? to[j] : from[j] + C[i] * lengths[j];
            }
            k[i] = Scope.tidy(() -> field.at(state, u, rows));
        }
        double[] error = tolerance.norm(combination(E, k).mul(h), x, next);
        return new Step(next, k[C.length - 1], error);
    }

    /** sum_i w_i k_i. */
    private static Tensor combination(double[] w, Tensor[] k) {
        Tensor sum = k[0].mul(w[0]);
        for (int i = 1; i < w.length; i++) {
            if (w[i] != 0) {
                sum = sum.add(k[i].mul(w[i]));
            }
        }
        return sum;
    }
}
