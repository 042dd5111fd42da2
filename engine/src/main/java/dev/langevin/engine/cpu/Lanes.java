package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * Reductions in a fixed order. {@code reduceLanes} leaves the order of additions open, and HotSpot's interpreter and
 * compiler choose different ones, so that the same program would give different bits. And a sum over the lanes of one vector
 * would depend on how many there are: {@link #PARTS} partial sums are kept instead, in one vector or in several, one
 * after the other.
 */
final class Lanes {
    /** Partial sums of a sum along memory, whatever the vector width: as many as the widest vector has lanes. */
    static final int PARTS = 16;

    private Lanes() {
    }

    /** Sum of the {@link #PARTS} floats from {@code at} on, in pairs; they are overwritten. */
    static float sum(float[] parts, int at) {
        for (int half = PARTS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                parts[at + i] += parts[at + i + half];
            }
        }
        return parts[at];
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
