package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * What is done with a block of {@link GroupNormImage}: some rows, of which the first {@code width} elements, whole
 * vectors, are taken. One column of vectors after the other, so that what belongs to a column stays in registers.
 */
enum GroupNormLoop {
    MEANS(GroupNormLoop::means),
    MOMENTS(GroupNormLoop::moments),
    NORMALISE(GroupNormLoop::normalise),
    NORMALISE_SILU(GroupNormLoop::normaliseSilu),
    OUTPUT_GRADIENT_SILU(GroupNormLoop::outputGradientSilu),
    GRADIENT_SUMS(GroupNormLoop::gradientSums),
    INPUT_GRADIENT(GroupNormLoop::inputGradient);

    private interface Body {
        void run(GroupNormImage g);
    }

    /**
     * Called through an interface with at least three classes, which HotSpot does not inline: all loops in one compiled
     * body would exceed its limit on nodes, from which on vectors are boxed.
     */
    private final Body body;

    GroupNormLoop(Body body) {
        this.body = body;
    }

    void run(GroupNormImage g) {
        body.run(g);
    }

    /** The mean of each column, into pivot. */
    private static void means(GroupNormImage g) {
        int row = g.row;
        int rows = g.rows;
        float[] x = g.x;
        int xAt = g.xAt;
        float[] pivot = g.centre;
        for (int i = 0; i < g.width; i += LANES) {
            FloatVector sum = FloatVector.zero(F);
            for (int r = 0; r < rows; r++) {
                sum = sum.add(FloatVector.fromArray(F, x, xAt + r * row + i));
            }
            sum.div(rows).intoArray(pivot, i);
        }
    }

    /**
     * Adds to first and second the sums of d and of d^2 with d = x - centre. This is the first reading of an image, from far
     * away, and streams as it should only where columns lie in one run: eight at a time, a whole row in most networks.
     */
    private static void moments(GroupNormImage g) {
        int i = 0;
        for (; i <= g.width - 8 * LANES; i += 8 * LANES) {
            eightMoments(g, i);
        }
        for (; i < g.width; i += LANES) {
            oneMoment(g, i);
        }
    }

    private static void eightMoments(GroupNormImage g, int i) {
        float[] x = g.x;
        float[] centre = g.centre;
        float[] first = g.first;
        float[] second = g.second;
        int row = g.row;
        int end = g.xAt + g.rows * row;
        FloatVector c0 = FloatVector.fromArray(F, centre, i);
        FloatVector c1 = FloatVector.fromArray(F, centre, i + LANES);
        FloatVector c2 = FloatVector.fromArray(F, centre, i + 2 * LANES);
        FloatVector c3 = FloatVector.fromArray(F, centre, i + 3 * LANES);
        FloatVector c4 = FloatVector.fromArray(F, centre, i + 4 * LANES);
        FloatVector c5 = FloatVector.fromArray(F, centre, i + 5 * LANES);
        FloatVector c6 = FloatVector.fromArray(F, centre, i + 6 * LANES);
        FloatVector c7 = FloatVector.fromArray(F, centre, i + 7 * LANES);
        FloatVector s0 = FloatVector.fromArray(F, first, i);
        FloatVector s1 = FloatVector.fromArray(F, first, i + LANES);
        FloatVector s2 = FloatVector.fromArray(F, first, i + 2 * LANES);
        FloatVector s3 = FloatVector.fromArray(F, first, i + 3 * LANES);
        FloatVector s4 = FloatVector.fromArray(F, first, i + 4 * LANES);
        FloatVector s5 = FloatVector.fromArray(F, first, i + 5 * LANES);
        FloatVector s6 = FloatVector.fromArray(F, first, i + 6 * LANES);
        FloatVector s7 = FloatVector.fromArray(F, first, i + 7 * LANES);
        FloatVector q0 = FloatVector.fromArray(F, second, i);
        FloatVector q1 = FloatVector.fromArray(F, second, i + LANES);
        FloatVector q2 = FloatVector.fromArray(F, second, i + 2 * LANES);
        FloatVector q3 = FloatVector.fromArray(F, second, i + 3 * LANES);
        FloatVector q4 = FloatVector.fromArray(F, second, i + 4 * LANES);
        FloatVector q5 = FloatVector.fromArray(F, second, i + 5 * LANES);
        FloatVector q6 = FloatVector.fromArray(F, second, i + 6 * LANES);
        FloatVector q7 = FloatVector.fromArray(F, second, i + 7 * LANES);
        for (int r = g.xAt; r < end; r += row) {
            FloatVector d0 = FloatVector.fromArray(F, x, r + i).sub(c0);
            FloatVector d1 = FloatVector.fromArray(F, x, r + i + LANES).sub(c1);
            FloatVector d2 = FloatVector.fromArray(F, x, r + i + 2 * LANES).sub(c2);
            FloatVector d3 = FloatVector.fromArray(F, x, r + i + 3 * LANES).sub(c3);
            FloatVector d4 = FloatVector.fromArray(F, x, r + i + 4 * LANES).sub(c4);
            FloatVector d5 = FloatVector.fromArray(F, x, r + i + 5 * LANES).sub(c5);
            FloatVector d6 = FloatVector.fromArray(F, x, r + i + 6 * LANES).sub(c6);
            FloatVector d7 = FloatVector.fromArray(F, x, r + i + 7 * LANES).sub(c7);
            s0 = s0.add(d0);
            s1 = s1.add(d1);
            s2 = s2.add(d2);
            s3 = s3.add(d3);
            s4 = s4.add(d4);
            s5 = s5.add(d5);
            s6 = s6.add(d6);
            s7 = s7.add(d7);
            q0 = d0.fma(d0, q0);
            q1 = d1.fma(d1, q1);
            q2 = d2.fma(d2, q2);
            q3 = d3.fma(d3, q3);
            q4 = d4.fma(d4, q4);
            q5 = d5.fma(d5, q5);
            q6 = d6.fma(d6, q6);
            q7 = d7.fma(d7, q7);
        }
        s0.intoArray(first, i);
        s1.intoArray(first, i + LANES);
        s2.intoArray(first, i + 2 * LANES);
        s3.intoArray(first, i + 3 * LANES);
        s4.intoArray(first, i + 4 * LANES);
        s5.intoArray(first, i + 5 * LANES);
        s6.intoArray(first, i + 6 * LANES);
        s7.intoArray(first, i + 7 * LANES);
        q0.intoArray(second, i);
        q1.intoArray(second, i + LANES);
        q2.intoArray(second, i + 2 * LANES);
        q3.intoArray(second, i + 3 * LANES);
        q4.intoArray(second, i + 4 * LANES);
        q5.intoArray(second, i + 5 * LANES);
        q6.intoArray(second, i + 6 * LANES);
        q7.intoArray(second, i + 7 * LANES);
    }

    private static void oneMoment(GroupNormImage g, int i) {
        float[] x = g.x;
        FloatVector centre = FloatVector.fromArray(F, g.centre, i);
        FloatVector sum = FloatVector.fromArray(F, g.first, i);
        FloatVector squares = FloatVector.fromArray(F, g.second, i);
        int end = g.xAt + g.rows * g.row;
        for (int r = g.xAt; r < end; r += g.row) {
            FloatVector d = FloatVector.fromArray(F, x, r + i).sub(centre);
            sum = sum.add(d);
            squares = d.fma(d, squares);
        }
        sum.intoArray(g.first, i);
        squares.intoArray(g.second, i);
    }

    /** out = z = (x - centre) scale + shift. */
    private static void normalise(GroupNormImage g) {
        float[] x = g.x;
        float[] out = g.out;
        float[] centre = g.centre;
        float[] scale = g.scale;
        float[] shift = g.shift;
        int width = g.width;
        for (int r = 0; r < g.rows; r++) {
            int xAt = g.xAt + r * g.row;
            int outAt = g.outAt + r * g.row;
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(F, x, xAt + i).sub(FloatVector.fromArray(F, centre, i));
                d.fma(FloatVector.fromArray(F, scale, i), FloatVector.fromArray(F, shift, i)).intoArray(out, outAt + i);
            }
        }
    }

    /** out = z sigmoid(z). */
    private static void normaliseSilu(GroupNormImage g) {
        float[] x = g.x;
        float[] out = g.out;
        float[] centre = g.centre;
        float[] scale = g.scale;
        float[] shift = g.shift;
        int width = g.width;
        for (int r = 0; r < g.rows; r++) {
            int xAt = g.xAt + r * g.row;
            int outAt = g.outAt + r * g.row;
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(F, x, xAt + i).sub(FloatVector.fromArray(F, centre, i));
                FloatVector z = d.fma(FloatVector.fromArray(F, scale, i), FloatVector.fromArray(F, shift, i));
                z.mul(VectorMath.sigmoid(z)).intoArray(out, outAt + i);
            }
        }
    }

    /** out = dz = dy s (1 + z (1 - s)) with s = sigmoid(z). */
    private static void outputGradientSilu(GroupNormImage g) {
        float[] x = g.x;
        float[] dy = g.dy;
        float[] out = g.out;
        float[] centre = g.centre;
        float[] scale = g.scale;
        float[] shift = g.shift;
        int width = g.width;
        for (int r = 0; r < g.rows; r++) {
            int xAt = g.xAt + r * g.row;
            int dyAt = g.dyAt + r * g.row;
            int outAt = g.outAt + r * g.row;
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(F, x, xAt + i).sub(FloatVector.fromArray(F, centre, i));
                FloatVector z = d.fma(FloatVector.fromArray(F, scale, i), FloatVector.fromArray(F, shift, i));
                FloatVector s = VectorMath.sigmoid(z);
                // 1 - s is exactly 0 where the sigmoid is saturated, however large z is.
                FloatVector slope = z.mul(s).fma(s.neg().add(1f), s);
                slope.mul(FloatVector.fromArray(F, dy, dyAt + i)).intoArray(out, outAt + i);
            }
        }
    }

    /** Adds to first and second the sums of dz and of dz (x - centre), where dz is out. */
    private static void gradientSums(GroupNormImage g) {
        float[] x = g.x;
        float[] dz = g.out;
        float[] centre = g.centre;
        float[] first = g.first;
        float[] second = g.second;
        int end = g.rows * g.row;
        int dzAt = g.outAt - g.xAt;
        for (int i = 0; i < g.width; i += 2 * LANES) {
            int j = Math.min(i + LANES, g.width - LANES);
            FloatVector c0 = FloatVector.fromArray(F, centre, i);
            FloatVector c1 = FloatVector.fromArray(F, centre, j);
            FloatVector s0 = FloatVector.fromArray(F, first, i);
            FloatVector s1 = FloatVector.fromArray(F, first, j);
            FloatVector q0 = FloatVector.fromArray(F, second, i);
            FloatVector q1 = FloatVector.fromArray(F, second, j);
            for (int r = g.xAt; r < g.xAt + end; r += g.row) {
                FloatVector d0 = FloatVector.fromArray(F, x, r + i).sub(c0);
                FloatVector d1 = FloatVector.fromArray(F, x, r + j).sub(c1);
                FloatVector dz0 = FloatVector.fromArray(F, dz, dzAt + r + i);
                FloatVector dz1 = FloatVector.fromArray(F, dz, dzAt + r + j);
                s0 = s0.add(dz0);
                s1 = s1.add(dz1);
                q0 = d0.fma(dz0, q0);
                q1 = d1.fma(dz1, q1);
            }
            s0.intoArray(first, i);
            s1.intoArray(first, j);
            q0.intoArray(second, i);
            q1.intoArray(second, j);
        }
    }

    /** out = dz scale + (x - centre) slope + level, where dz is dy, slope first and level second. */
    private static void inputGradient(GroupNormImage g) {
        float[] x = g.x;
        float[] dz = g.dy;
        float[] out = g.out;
        float[] centre = g.centre;
        float[] scale = g.scale;
        float[] slope = g.first;
        float[] level = g.second;
        int width = g.width;
        for (int r = 0; r < g.rows; r++) {
            int xAt = g.xAt + r * g.row;
            int dyAt = g.dyAt + r * g.row;
            int outAt = g.outAt + r * g.row;
            for (int i = 0; i < width; i += LANES) {
                FloatVector d = FloatVector.fromArray(F, x, xAt + i).sub(FloatVector.fromArray(F, centre, i));
                FloatVector rest = d.fma(FloatVector.fromArray(F, slope, i), FloatVector.fromArray(F, level, i));
                FloatVector.fromArray(F, dz, dyAt + i).fma(FloatVector.fromArray(F, scale, i), rest).intoArray(out, outAt + i);
            }
        }
    }
}
