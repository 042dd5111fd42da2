package dev.langevin.training.data;

import dev.langevin.engine.random.Philox;

/** The random numbers of one point: uniforms and normals that depend on (seed, index, number) alone. */
public record PointRandom(long seed, int index) {
    /** "DATA" in ASCII: no other stream of numbers has this purpose. */
    private static final int PURPOSE = 0x44415441;
    /** Normals come from another step than uniforms, so that the two never share a word. */
    private static final int NORMALS = 1;

    /** Uniform in (0, 1). */
    public double uniform(int number) {
        return Philox.uniform(seed, PURPOSE, index, 0, number);
    }

    /** Standard normal. */
    public double normal(int number) {
        return Philox.normal(seed, PURPOSE, index, NORMALS, number);
    }
}
