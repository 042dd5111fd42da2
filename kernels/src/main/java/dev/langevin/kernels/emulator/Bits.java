package dev.langevin.kernels.emulator;

/** Bit operations of PTX on 32-bit words. */
final class Bits {
    private Bits() {
    }

    /** {@code bfe.u32}: {@code length} bits from {@code position}; only the low byte of each counts. */
    static int extract(int a, int position, int length) {
        int p = position & 0xff;
        int n = length & 0xff;
        if (n == 0 || p > 31) {
            return 0;
        }
        return a >>> p & (n > 31 ? -1 : (1 << n) - 1);
    }

    /** {@code bfe.s32}: with the sign of the field's last bit, or of the word's where the field goes past it. */
    static int extractSigned(int a, int position, int length) {
        int p = position & 0xff;
        int n = length & 0xff;
        if (n == 0) {
            return 0;
        }
        int last = Math.min(p + n - 1, 31);
        int sign = a << 31 - last >> 31;
        if (p > 31) {
            return sign;
        }
        return last - p == 31 ? a : a >>> p & (1 << last - p + 1) - 1 | sign << last - p + 1;
    }

    /** {@code bfi.b32}: the low {@code length} bits of a in b at {@code position}. */
    static int insert(int a, int b, int position, int length) {
        int p = position & 0xff;
        int n = length & 0xff;
        if (p > 31 || n == 0) {
            return b;
        }
        int field = (n > 31 ? -1 : (1 << n) - 1) << p;
        return b & ~field | a << p & field;
    }

    /** {@code bfe.u64} and {@code bfe.s64}. */
    static long extract(long a, int position, int length, boolean signed) {
        int p = position & 0xff;
        int n = length & 0xff;
        if (n == 0) {
            return 0;
        }
        int last = Math.min(p + n - 1, 63);
        long sign = signed ? a << 63 - last >> 63 : 0;
        if (p > 63) {
            return sign;
        }
        return last - p == 63 ? a : a >>> p & (1L << last - p + 1) - 1 | sign << last - p + 1;
    }

    /** {@code bfi.b64}: the low {@code length} bits of a in b at {@code position}. */
    static long insert(long a, long b, int position, int length) {
        int p = position & 0xff;
        int n = length & 0xff;
        if (p > 63 || n == 0) {
            return b;
        }
        long field = (n > 63 ? -1 : (1L << n) - 1) << p;
        return b & ~field | a << p & field;
    }

    /** {@code prmt.b32}, generic mode. */
    static int permute(int a, int b, int selector) {
        long bytes = a & 0xffffffffL | (long) b << 32;
        int d = 0;
        for (int i = 0; i < 4; i++) {
            int s = selector >>> 4 * i & 15;
            int v = (int) (bytes >>> 8 * (s & 7)) & 0xff;
            if ((s & 8) != 0) {
                v = (v & 0x80) != 0 ? 0xff : 0;
            }
            d |= v << 8 * i;
        }
        return d;
    }

    /** {@code lop3.b32}: bit by bit what {@code table} says for (a, b, c). */
    static int lookup(int a, int b, int c, int table) {
        int d = 0;
        for (int k = 0; k < 8; k++) {
            if ((table >> k & 1) != 0) {
                d |= ((k & 4) != 0 ? a : ~a) & ((k & 2) != 0 ? b : ~b) & ((k & 1) != 0 ? c : ~c);
            }
        }
        return d;
    }

    /** A shift amount, at most 32. */
    static int clamp(int n) {
        return Integer.compareUnsigned(n, 32) > 0 ? 32 : n;
    }

    /** High word of (b:a) shifted left by n in [0, 32]. */
    static int funnelLeft(int a, int b, int n) {
        return (int) (((long) b << 32 | a & 0xffffffffL) << n >>> 32);
    }

    /** Low word of (b:a) shifted right by n in [0, 32]. */
    static int funnelRight(int a, int b, int n) {
        return (int) (((long) b << 32 | a & 0xffffffffL) >>> n);
    }

    /** bfloat16 bits of a float32, rounded to nearest, ties to even. */
    static int bfloat(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (x != x) {
            return 0x7fff;
        }
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }
}
