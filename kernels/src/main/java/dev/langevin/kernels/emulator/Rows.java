package dev.langevin.kernels.emulator;

/** Functions of rows of 32 lanes; each computes all lanes, also those that do not run. */
final class Rows {
    static final int LANES = 32;

    interface F1 {
        void apply(float[] d, float[] a);
    }

    interface F2 {
        void apply(float[] d, float[] a, float[] b);
    }

    interface F3 {
        void apply(float[] d, float[] a, float[] b, float[] c);
    }

    interface I1 {
        void apply(int[] d, int[] a);
    }

    interface I2 {
        void apply(int[] d, int[] a, int[] b);
    }

    interface I3 {
        void apply(int[] d, int[] a, int[] b, int[] c);
    }

    interface L1 {
        void apply(long[] d, long[] a);
    }

    interface L2 {
        void apply(long[] d, long[] a, long[] b);
    }

    interface L3 {
        void apply(long[] d, long[] a, long[] b, long[] c);
    }

    private Rows() {
    }

    static void blend(float[] to, float[] from, int mask) {
        for (int m = mask; m != 0; m &= m - 1) {
            int i = Integer.numberOfTrailingZeros(m);
            to[i] = from[i];
        }
    }

    static void blend(int[] to, int[] from, int mask) {
        for (int m = mask; m != 0; m &= m - 1) {
            int i = Integer.numberOfTrailingZeros(m);
            to[i] = from[i];
        }
    }

    static void blend(long[] to, long[] from, int mask) {
        for (int m = mask; m != 0; m &= m - 1) {
            int i = Integer.numberOfTrailingZeros(m);
            to[i] = from[i];
        }
    }

    static Op of(F1 f, int d, int a) {
        return (w, mask) -> {
            float[] out = mask == -1 ? w.f[d] : w.spareF;
            f.apply(out, w.f[a]);
            if (mask != -1) {
                blend(w.f[d], out, mask);
            }
        };
    }

    static Op of(F2 f, int d, int a, int b) {
        return (w, mask) -> {
            float[] out = mask == -1 ? w.f[d] : w.spareF;
            f.apply(out, w.f[a], w.f[b]);
            if (mask != -1) {
                blend(w.f[d], out, mask);
            }
        };
    }

    static Op of(F3 f, int d, int a, int b, int c) {
        return (w, mask) -> {
            float[] out = mask == -1 ? w.f[d] : w.spareF;
            f.apply(out, w.f[a], w.f[b], w.f[c]);
            if (mask != -1) {
                blend(w.f[d], out, mask);
            }
        };
    }

    static Op of(I1 f, int d, int a) {
        return (w, mask) -> {
            int[] out = mask == -1 ? w.r[d] : w.spareR;
            f.apply(out, w.r[a]);
            if (mask != -1) {
                blend(w.r[d], out, mask);
            }
        };
    }

    static Op of(I2 f, int d, int a, int b) {
        return (w, mask) -> {
            int[] out = mask == -1 ? w.r[d] : w.spareR;
            f.apply(out, w.r[a], w.r[b]);
            if (mask != -1) {
                blend(w.r[d], out, mask);
            }
        };
    }

    static Op of(I3 f, int d, int a, int b, int c) {
        return (w, mask) -> {
            int[] out = mask == -1 ? w.r[d] : w.spareR;
            f.apply(out, w.r[a], w.r[b], w.r[c]);
            if (mask != -1) {
                blend(w.r[d], out, mask);
            }
        };
    }

    static Op of(L1 f, int d, int a) {
        return (w, mask) -> {
            long[] out = mask == -1 ? w.d[d] : w.spareD;
            f.apply(out, w.d[a]);
            if (mask != -1) {
                blend(w.d[d], out, mask);
            }
        };
    }

    static Op of(L2 f, int d, int a, int b) {
        return (w, mask) -> {
            long[] out = mask == -1 ? w.d[d] : w.spareD;
            f.apply(out, w.d[a], w.d[b]);
            if (mask != -1) {
                blend(w.d[d], out, mask);
            }
        };
    }

    static Op of(L3 f, int d, int a, int b, int c) {
        return (w, mask) -> {
            long[] out = mask == -1 ? w.d[d] : w.spareD;
            f.apply(out, w.d[a], w.d[b], w.d[c]);
            if (mask != -1) {
                blend(w.d[d], out, mask);
            }
        };
    }
}
