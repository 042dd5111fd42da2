package dev.langevin.engine.cpu;

/**
 * The minimal filtering algorithms behind {@link WinogradProduct} and {@link WinogradFilter} (Winograd, 1980; Lavin and
 * Gray, 2016; in the form of Toom and Cook): m outputs of a correlation with 3 taps cost m + 2 products,
 * y = A^T ((G g) * (B^T d)), and in two dimensions each matrix acts on both.
 *
 * <p>The polynomials are evaluated at 0, p, -p, infinity, q, -q with p^2 = 1/2 and q^2 = 2. With p q = 1 the rounding error
 * of m = 4 is a third of that of the usual points 0, 1, -1, 2, -2: about 1.6 times that of the direct sum.
 *
 * <p>Where fewer than 4 outputs are left at an edge, the first 5, 4 or 3 of the points do for 3, 2 or 1 outputs. Each row
 * of their B^T carries the factors (a - b) of the points b left out, so that one transform of the weights serves all.
 */
final class Winograd {
    /** Outputs of a whole tile, in one dimension. */
    static final int OUTPUTS = 4;
    /** Points of a whole tile, in one dimension. */
    static final int POINTS = 6;
    /** Which of the points is infinity. */
    private static final int INFINITY = 3;
    static final float P = (float) Math.sqrt(0.5);
    static final float Q = (float) Math.sqrt(2);
    /** p cubed. */
    static final float P3 = P / 2;
    /** q cubed. */
    static final float Q3 = 2 * Q;

    private static final int[] POINTS_OF = {0, 3, 4, 5, 6};

    private static final float[][][] INPUT = {null,
        {{1, 0, -2}, {0, -1.5f * P, -1.5f}, {0, 1.5f * P, -1.5f}},
        {{1, 0, -2, 0}, {0, -1.5f * P, -1.5f, 0}, {0, 1.5f * P, -1.5f, 0}, {0, -0.5f, 0, 1}},
        {{1, -Q / 2, -2, Q, 0}, {0, -3 * P, -1.5f, 3 * P, 0}, {0, P, -1.5f, P, 0}, {0, Q / 2, -0.5f, -Q, 1},
            {0, -Q, 0, 2 * Q, 0}},
        {{1, 0, -2.5f, 0, 1, 0}, {0, -2 * P, -2, P, 1, 0}, {0, 2 * P, -2, -P, 1, 0}, {0, 1, 0, -2.5f, 0, 1},
            {0, -Q / 2, -0.5f, Q, 1, 0}, {0, Q / 2, -0.5f, -Q, 1, 0}}};

    private static final float[][][] OUTPUT = {null,
        {{1}, {1}, {1}},
        {{1, 0}, {1, P}, {1, -P}, {0, 1}},
        {{1, 0, 0}, {1, P, 0.5f}, {1, -P, 0.5f}, {0, 0, 1}, {1, Q, 2}},
        {{1, 0, 0, 0}, {1, P, 0.5f, P3}, {1, -P, 0.5f, -P3}, {0, 0, 0, 1}, {1, Q, 2, Q3}, {1, -Q, 2, -Q3}}};

    private Winograd() {
    }

    /** Points that {@code outputs}, 0 to 4, outputs need; as many inputs are read, but for one output 3. */
    static int points(int outputs) {
        return POINTS_OF[outputs];
    }

    /** Whether the values of weights at this point are all 0: two taps are three whose last is 0. */
    static boolean vanishes(Conv2dGeometry g, int point) {
        return g.stride() == 2 && point == INFINITY;
    }

    /** Row {@code point} of B^T for {@code outputs} outputs: a factor for each input. */
    static float[] input(int outputs, int point) {
        return INPUT[outputs][point];
    }

    /** Row {@code point} of A: a factor for each of {@code outputs} outputs. */
    static float[] output(int outputs, int point) {
        return OUTPUT[outputs][point];
    }
}
