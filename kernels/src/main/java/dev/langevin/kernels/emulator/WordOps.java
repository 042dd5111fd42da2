package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Arrays;

/**
 * Loads and stores of elements of 4 and 8 bytes in global and shared memory, which most kernels spend their time in. Where
 * all lanes access neighbours or the same place they are checked and moved at once.
 */
final class WordOps {
    private WordOps() {
    }

    /** Whether an access is of this kind. */
    static boolean fits(MemoryOps.Access a) {
        boolean plain = a.size == 8;
        if (a.size == 4) {
            plain = true;
            for (Bank b : a.banks) {
                plain &= b == Bank.INT || b == Bank.FLOAT;
            }
        }
        return plain && (a.space == MemoryOps.GLOBAL || a.space == MemoryOps.SHARED);
    }

    static Op load(MemoryOps.Access a) {
        int bytes = a.size * a.count;
        if (a.space == MemoryOps.SHARED) {
            return (w, mask) -> {
                long[] at = w.addresses;
                a.address.fill(w, at);
                SharedSpace shared = w.block.shared();
                int[] words = a.size == 4 ? shared.readable(w, at, mask, bytes) : null;
                if (words != null) {
                    gather(w, a, words, at, mask);
                    return;
                }
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    int word = shared.locate(w, i, at[i], bytes);
                    for (int k = 0; k < a.count; k++) {
                        if (a.size == 4) {
                            put(w, a, k, i, shared.read(w, i, word + k, 15));
                        } else {
                            w.d[a.rows[k]][i] = shared.read(w, i, word + 2 * k, 15) & 0xffffffffL | (long) shared.read(w, i, word + 2 * k + 1, 15) << 32;
                        }
                    }
                }
            };
        }
        return (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            GlobalSpace global = w.global;
            if (mask == -1) {
                int[] words = global.readable(w, at, bytes);
                if (words != null) {
                    w.block.count((int) ((at[LANES - 1] + bytes - 1 >>> 5) - (at[0] >>> 5)) + 1, LANES * bytes);
                    takeRow(w, a, words, global.word(at[0]), at[0] == at[LANES - 1] ? 0 : bytes / 4);
                    return;
                }
            }
            w.request(a.space, at, mask, bytes);
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int word = global.locate(w, i, at[i], bytes);
                for (int k = 0; k < a.count; k++) {
                    if (a.size == 4) {
                        put(w, a, k, i, global.read(w, i, word + k, 15));
                    } else {
                        w.d[a.rows[k]][i] = global.read(w, i, word + 2 * k, 15) & 0xffffffffL | (long) global.read(w, i, word + 2 * k + 1, 15) << 32;
                    }
                }
            }
        };
    }

    private static void put(Warp w, MemoryOps.Access a, int k, int lane, int v) {
        if (a.banks[k] == Bank.FLOAT) {
            w.f[a.rows[k]][lane] = Float.intBitsToFloat(v);
        } else {
            w.r[a.rows[k]][lane] = v;
        }
    }

    private static void gather(Warp w, MemoryOps.Access a, int[] words, long[] at, int mask) {
        for (int k = 0; k < a.count; k++) {
            if (a.banks[k] == Bank.FLOAT) {
                float[] to = w.f[a.rows[k]];
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    to[i] = Float.intBitsToFloat(words[(int) (at[i] >>> 2) + k]);
                }
            } else {
                int[] to = w.r[a.rows[k]];
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    to[i] = words[(int) (at[i] >>> 2) + k];
                }
            }
        }
    }

    /** Moves words to the registers of all lanes; lane i's begin at {@code first + i step}. */
    private static void takeRow(Warp w, MemoryOps.Access a, int[] words, int first, int step) {
        for (int k = 0; k < a.count; k++) {
            if (a.size == 8) {
                long[] to = w.d[a.rows[k]];
                for (int i = 0; i < LANES; i++) {
                    int from = first + i * step + 2 * k;
                    to[i] = words[from] & 0xffffffffL | (long) words[from + 1] << 32;
                }
            } else if (a.banks[k] == Bank.FLOAT) {
                float[] to = w.f[a.rows[k]];
                if (step == 0) {
                    Arrays.fill(to, Float.intBitsToFloat(words[first + k]));
                    continue;
                }
                for (int i = 0; i < LANES; i++) {
                    to[i] = Float.intBitsToFloat(words[first + i * step + k]);
                }
            } else {
                int[] to = w.r[a.rows[k]];
                for (int i = 0; i < LANES; i++) {
                    to[i] = words[first + i * step + k];
                }
            }
        }
    }

    static Op store(MemoryOps.Access a) {
        int bytes = a.size * a.count;
        if (a.space == MemoryOps.SHARED) {
            return (w, mask) -> {
                long[] at = w.addresses;
                a.address.fill(w, at);
                SharedSpace shared = w.block.shared();
                shared.beginStore();
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    int word = shared.locate(w, i, at[i], bytes);
                    for (int k = 0; k < bytes / 4; k++) {
                        shared.write(w, i, word + k, get(w, a, k, i), 15);
                    }
                }
            };
        }
        return (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            GlobalSpace global = w.global;
            if (mask == -1) {
                int[] words = global.writable(w, at, bytes);
                if (words != null) {
                    w.block.count((int) ((at[LANES - 1] + bytes - 1 >>> 5) - (at[0] >>> 5)) + 1, LANES * bytes);
                    giveRow(w, a, words, global.word(at[0]), bytes / 4);
                    return;
                }
            }
            w.request(a.space, at, mask, bytes);
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int word = global.locate(w, i, at[i], bytes);
                for (int k = 0; k < bytes / 4; k++) {
                    global.write(w, i, word + k, get(w, a, k, i), 15);
                }
            }
        };
    }

    /** Word k of a lane's elements. */
    private static int get(Warp w, MemoryOps.Access a, int k, int lane) {
        if (a.size == 8) {
            return (int) (w.d[a.rows[k >> 1]][lane] >>> 32 * (k & 1));
        }
        return a.banks[k] == Bank.FLOAT ? Float.floatToRawIntBits(w.f[a.rows[k]][lane]) : w.r[a.rows[k]][lane];
    }

    private static void giveRow(Warp w, MemoryOps.Access a, int[] words, int first, int step) {
        for (int k = 0; k < a.count; k++) {
            if (a.size == 8) {
                long[] from = w.d[a.rows[k]];
                for (int i = 0; i < LANES; i++) {
                    words[first + i * step + 2 * k] = (int) from[i];
                    words[first + i * step + 2 * k + 1] = (int) (from[i] >>> 32);
                }
            } else if (a.banks[k] == Bank.FLOAT) {
                float[] from = w.f[a.rows[k]];
                for (int i = 0; i < LANES; i++) {
                    words[first + i * step + k] = Float.floatToRawIntBits(from[i]);
                }
            } else {
                int[] from = w.r[a.rows[k]];
                for (int i = 0; i < LANES; i++) {
                    words[first + i * step + k] = from[i];
                }
            }
        }
    }
}
