package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Reductions of the lanes of one vector in a fixed order. {@code reduceLanes} leaves the order of additions open, and
 * HotSpot's interpreter and compiler choose different ones, so that the same program would give different bits.
 */
final class Lanes {
    private Lanes() {
    }

    /** Sum of the lanes, in pairs. */
    static float sum(FloatVector v) {
        float[] t = Scratch.local().floats(Scratch.LANES, LANES);
        v.intoArray(t, 0);
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                t[i] += t[i + half];
            }
        }
        return t[0];
    }

    /** Largest lane; NaN wins. */
    static float max(FloatVector v) {
        float[] t = Scratch.local().floats(Scratch.LANES, LANES);
        v.intoArray(t, 0);
        float max = t[0];
        for (int i = 1; i < LANES; i++) {
            max = Math.max(max, t[i]);
        }
        return max;
    }
}
