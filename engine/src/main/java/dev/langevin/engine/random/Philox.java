package dev.langevin.engine.random;

/** Philox4x32-10 (Salmon et al., 2011): numbers as a pure function of (seed, purpose, image, step, element). */
public final class Philox {
    private Philox() {
    }

    private static int[] block(long seed, int purpose, int image, int step, int block) {
        int c0 = block;
        int c1 = image;
        int c2 = step;
        int c3 = purpose;
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < 10; round++) {
            long p0 = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
            long p1 = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return new int[] {c0, c1, c2, c3};
    }

    private static double unit(int word) {
        return ((word >>> 9) + 0.5) * 0x1p-23;
    }

    /** Uniform in (0, 1). */
    public static double uniform(long seed, int purpose, int image, int step, int element) {
        return unit(block(seed, purpose, image, step, element >> 2)[element & 3]);
    }

    /** Standard normal, by Box and Muller. */
    public static double normal(long seed, int purpose, int image, int step, int element) {
        int[] words = block(seed, purpose, image, step, element >> 2);
        int pair = element & 2;
        double r = Math.sqrt(-2 * Math.log(unit(words[pair])));
        double angle = 2 * Math.PI * unit(words[pair + 1]);
        return (element & 1) == 0 ? r * Math.cos(angle) : r * Math.sin(angle);
    }
}
