package dev.langevin.sampling.ode;

/**
 * The functions of exponential integrators: phi_0(h) = e^h and phi_(k+1)(h) = (phi_k(h) - 1/k!) / h, so that phi_k(0) = 1/k!
 * (Hochbruck &amp; Ostermann 2010).
 */
final class Phi {
    private static final int TERMS = 20;

    private Phi() {
    }

    /** phi_1(h) = (e^h - 1) / h. */
    static double one(double h) {
        return h == 0 ? 1 : Math.expm1(h) / h;
    }

    /** phi_2(h) = (e^h - 1 - h) / h^2. */
    static double two(double h) {
        return Math.abs(h) < 1 ? series(2, h) : (one(h) - 1) / h;
    }

    /** phi_3(h) = (e^h - 1 - h - h^2/2) / h^3. */
    static double three(double h) {
        return Math.abs(h) < 1 ? series(3, h) : (two(h) - 0.5) / h;
    }

    /** Sum of h^j / (j + k)!: the differences above lose all digits where h is small. */
    private static double series(int k, double h) {
        double sum = 0;
        double term = 1;
        for (int j = 1; j <= k; j++) {
            term /= j;
        }
        for (int j = 1; j <= TERMS; j++) {
            sum += term;
            term *= h / (j + k);
        }
        return sum;
    }
}
