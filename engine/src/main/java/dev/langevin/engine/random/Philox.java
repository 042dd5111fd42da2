package dev.langevin.engine.random;

/**
 * Philox4x32-10, the counter-based random number generator of Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011). A block of four 32-bit words is a pure function of a 128-bit counter and a
 * 64-bit key. Langevin's noise uses the seed as key (low word first) and the counter (block inside the image, image,
 * step, purpose); element e of an image, in row-major order, uses word e % 4 of block e / 4.
 */
public final class Philox {
    /** The multipliers of the first and of the third counter word. */
    public static final int MULTIPLIER_0 = 0xD2511F53;
    public static final int MULTIPLIER_1 = 0xCD9E8D57;
    /** What is added to the first and to the second key word after each round. */
    public static final int WEYL_0 = 0x9E3779B9;
    public static final int WEYL_1 = 0xBB67AE85;
    public static final int ROUNDS = 10;

    private static final long LOW = 0xFFFFFFFFL;
    private static final double UNIT = 0x1p-23;

    private Philox() {
    }

    /** Writes the four words of counter (c0, c1, c2, c3) under key (k0, k1) into {@code out[0..3]}. */
    public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = (MULTIPLIER_0 & LOW) * (c0 & LOW);
            long p1 = (MULTIPLIER_1 & LOW) * (c2 & LOW);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    /** The block of Langevin's noise that holds elements 4 block to 4 block + 3 of an image. */
    public static void block(long seed, int purpose, int image, int step, int block, int[] out) {
        block(block, image, step, purpose, (int) seed, (int) (seed >>> 32), out);
    }

    /** The number in (0, 1) that a word stands for: its upper 23 bits, in the middle of their interval. Exact in float. */
    public static double unit(int word) {
        return ((word >>> 9) + 0.5) * UNIT;
    }

    /** Uniform number in (0, 1) of one element of an image. */
    public static double uniform(long seed, int purpose, int image, int step, int element) {
        int[] words = new int[4];
        block(seed, purpose, image, step, element >>> 2, words);
        return unit(words[element & 3]);
    }

    /**
     * Standard normal number of one element of an image, in double precision from the same words as on the other
     * backends. Box and Muller: of a pair of uniforms (u, v), the even element is sqrt(-2 ln u) cos(2 pi v), the odd
     * one sqrt(-2 ln u) sin(2 pi v).
     */
    public static double normal(long seed, int purpose, int image, int step, int element) {
        int[] words = new int[4];
        block(seed, purpose, image, step, element >>> 2, words);
        return normal(words, element & 3);
    }

    /** The normal number at position {@code index} (0 to 3) of a block's four. */
    public static double normal(int[] words, int index) {
        int pair = index & 2;
        double radius = Math.sqrt(-2 * Math.log(unit(words[pair])));
        double angle = 2 * Math.PI * unit(words[pair + 1]);
        return (index & 1) == 0 ? radius * Math.cos(angle) : radius * Math.sin(angle);
    }
}
