package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Arrays;

/** Moves, packing of registers into wider ones, addresses. */
final class MoveOps {
    private MoveOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        return switch (s.base()) {
            case "mov" -> s.operand(0).startsWith("{") ? unpack(s, o) : s.operand(1).startsWith("{") ? pack(s, o) : move(s, o);
            case "cvta" -> address(s, o);
            case "isspacep" -> isSpace(s, o);
            default -> null;
        };
    }

    private static Op move(Statement s, Operands o) {
        String from = s.operand(1);
        if (from.equals("%clock") || from.equals("%clock64") || from.equals("%globaltimer")) {
            Bank bank = o.bank(0, Bank.INT);
            int d = o.target(bank, s.operand(0));
            // Time goes with the instructions of the warp.
            return (w, mask) -> {
                if (bank == Bank.LONG) {
                    Arrays.fill(w.d[d], w.executed);
                } else {
                    Arrays.fill(w.r[d], (int) w.executed);
                }
            };
        }
        Bank bank = o.bank(0, Bank.INT);
        int d = o.target(bank, s.operand(0));
        int a = o.source(bank, from);
        return switch (bank) {
            case FLOAT -> (w, mask) -> {
                if (mask == -1) {
                    System.arraycopy(w.f[a], 0, w.f[d], 0, LANES);
                } else {
                    Rows.blend(w.f[d], w.f[a], mask);
                }
            };
            case LONG -> (w, mask) -> {
                if (mask == -1) {
                    System.arraycopy(w.d[a], 0, w.d[d], 0, LANES);
                } else {
                    Rows.blend(w.d[d], w.d[a], mask);
                }
            };
            default -> (w, mask) -> {
                if (mask == -1) {
                    System.arraycopy(w.r[a], 0, w.r[d], 0, LANES);
                } else {
                    Rows.blend(w.r[d], w.r[a], mask);
                }
            };
        };
    }

    private static String[] list(String braces) {
        return PtxText.split(braces.substring(1, braces.length() - 1));
    }

    /** {@code mov.b64 %rd, {%r1, %r2}}: the first is the lowest. */
    private static Op pack(Statement s, Operands o) {
        String[] parts = list(s.operand(1));
        int width = Integer.parseInt(s.type().substring(1)) / parts.length;
        boolean wide = s.type().endsWith("64");
        int d = wide ? o.longTarget(0) : o.intTarget(0);
        int[] rows = Arrays.stream(parts).mapToInt(p -> o.source(Bank.INT, p)).toArray();
        long keep = (1L << width) - 1;
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                long v = 0;
                for (int k = 0; k < rows.length; k++) {
                    v |= (w.r[rows[k]][i] & keep) << k * width;
                }
                if (wide) {
                    w.d[d][i] = v;
                } else {
                    w.r[d][i] = (int) v;
                }
            }
        };
    }

    private static Op unpack(Statement s, Operands o) {
        String[] parts = list(s.operand(0));
        int width = Integer.parseInt(s.type().substring(1)) / parts.length;
        boolean wide = s.type().endsWith("64");
        int a = wide ? o.longSource(1) : o.intSource(1);
        int[] rows = Arrays.stream(parts).mapToInt(p -> o.target(Bank.INT, p)).toArray();
        long keep = (1L << width) - 1;
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                long v = wide ? w.d[a][i] : w.r[a][i];
                for (int k = 0; k < rows.length; k++) {
                    w.r[rows[k]][i] = (int) (v >>> k * width & keep);
                }
            }
        };
    }

    /** Between addresses of a space and generic ones; global ones are the same. */
    private static Op address(Statement s, Operands o) {
        boolean to = s.has("to");
        long base = s.has("shared") ? (long) GlobalMemory.SHARED << GlobalMemory.SHIFT
                : s.has("local") ? (long) GlobalMemory.LOCAL << GlobalMemory.SHIFT : 0;
        int d = o.longTarget(0);
        int a = o.longSource(1);
        long add = to ? -base : base;
        return Rows.of((long[] x, long[] y) -> {
            for (int i = 0; i < LANES; i++) {
                x[i] = y[i] + add;
            }
        }, d, a);
    }

    private static Op isSpace(Statement s, Operands o) {
        int p = o.predicate(s.operand(0));
        int a = o.longSource(1);
        long id = s.has("shared") ? GlobalMemory.SHARED : s.has("local") ? GlobalMemory.LOCAL : -1;
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                long at = w.d[a][i] >>> GlobalMemory.SHIFT;
                boolean yes = id < 0 ? at < GlobalMemory.SHARED : at == id;
                w.p[p] = yes ? w.p[p] | 1 << i : w.p[p] & ~(1 << i);
            }
        };
    }
}
