package dev.langevin.benchmarks.peer;

/**
 * How fast the calling thread's core is: a machine that is shared slows down in ways that no count of processes shows
 * (clock, a neighbour on the same core).
 */
final class Yardstick {
    private static final int ROUNDS = 200_000;
    private static final int WARM_UP = 100;
    /** The best of so many, so that one interruption does not count. */
    private static final int TRIES = 3;
    private static double best = Double.POSITIVE_INFINITY;
    private static float sink;

    static {
        for (int i = 0; i < WARM_UP; i++) {
            speed();
        }
    }

    private Yardstick() {
    }

    /** Speed now as a share of the best seen in this process; takes about a millisecond. */
    static double speed() {
        double seconds = Double.POSITIVE_INFINITY;
        for (int i = 0; i < TRIES; i++) {
            long begin = System.nanoTime();
            sink = chains(sink * 1e-30f);
            seconds = Math.min(seconds, (System.nanoTime() - begin) * 1e-9);
        }
        best = Math.min(best, seconds);
        return best / seconds;
    }

    /** Eight chains of multiply-adds, as many as keep the units busy. */
    private static float chains(float start) {
        float a = start;
        float b = start + 1;
        float c = start + 2;
        float d = start + 3;
        float e = start + 4;
        float f = start + 5;
        float g = start + 6;
        float h = start + 7;
        for (int i = 0; i < ROUNDS; i++) {
            a = Math.fma(a, 0.5f, 1f);
            b = Math.fma(b, 0.5f, 1f);
            c = Math.fma(c, 0.5f, 1f);
            d = Math.fma(d, 0.5f, 1f);
            e = Math.fma(e, 0.5f, 1f);
            f = Math.fma(f, 0.5f, 1f);
            g = Math.fma(g, 0.5f, 1f);
            h = Math.fma(h, 0.5f, 1f);
        }
        return a + b + c + d + e + f + g + h;
    }
}
