package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Set;

/** {@code cvt}. */
final class ConvertOps {
    private static final Set<String> ROUNDINGS = Set.of("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi");

    private ConvertOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        if (!s.base().equals("cvt")) {
            return null;
        }
        int n = s.opcode().length;
        String to = s.opcode()[n - 2];
        String from = s.opcode()[n - 1];
        if (to.equals("bf16x2")) {
            int d = o.intTarget(0);
            int a = o.floatSource(1);
            int b = o.floatSource(2);
            if (!s.has("rn") || s.has("relu")) {
                throw s.error("is not emulated");
            }
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = Bits.bfloat(w.f[a][i]) << 16 | Bits.bfloat(w.f[b][i]);
                }
            };
        }
        boolean fromReal = real(from);
        boolean toReal = real(to);
        Bank bank = from.endsWith("64") ? Bank.LONG : from.equals("f32") ? Bank.FLOAT : Bank.INT;
        Bank target = to.endsWith("64") ? Bank.LONG : to.equals("f32") ? Bank.FLOAT : Bank.INT;
        // A 64-bit register may receive less: with the sign or zeros before it.
        Bank given = o.bank(0, target);
        int d = target == Bank.INT && given == Bank.LONG ? o.longTarget(0) : o.target(target, s.operand(0));
        Bank store = target == Bank.INT && given == Bank.LONG ? Bank.LONG : target;
        int a = o.source(bank, s.operand(1));
        Op fast = common(s, to, from, store, d, a);
        if (fast != null) {
            return fast;
        }
        String rounding = rounding(s);
        boolean sat = s.has("sat");
        boolean ftz = s.has("ftz");
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                long raw = bank == Bank.FLOAT ? Float.floatToRawIntBits(w.f[a][i]) : bank == Bank.LONG ? w.d[a][i] : w.r[a][i];
                long v;
                if (fromReal) {
                    double x = Conversions.real(from, raw, ftz);
                    v = toReal ? Conversions.toReal(to, Conversions.whole(rounding, x), rounding, sat, ftz) : Conversions.toWhole(to, Conversions.whole(rounding, x));
                } else {
                    long x = Conversions.extend(from, raw);
                    v = toReal ? Conversions.fromWhole(to, x, from.equals("u64"), rounding) : sat ? Conversions.saturate(to, x, from.equals("u64")) : Conversions.extend(to, x);
                }
                if (store == Bank.FLOAT) {
                    w.f[d][i] = Float.intBitsToFloat((int) v);
                } else if (store == Bank.LONG) {
                    w.d[d][i] = v;
                } else {
                    w.r[d][i] = to.endsWith("16") || to.endsWith("8") ? (int) v & 0xffff : (int) v;
                }
            }
        };
    }

    private static boolean real(String type) {
        return type.startsWith("f") || type.startsWith("bf");
    }

    private static String rounding(Statement s) {
        for (String word : s.opcode()) {
            if (ROUNDINGS.contains(word)) {
                return word;
            }
        }
        return "";
    }

    /** The conversions that most kernels are full of, a row at a time; null for another. */
    private static Op common(Statement s, String to, String from, Bank store, int d, int a) {
        String key = String.join(".", s.opcode());
        return switch (key) {
            case "cvt.rn.f32.s32" -> (w, mask) -> {
                float[] x = mask == -1 ? w.f[d] : w.spareF;
                int[] y = w.r[a];
                for (int i = 0; i < LANES; i++) {
                    x[i] = y[i];
                }
                if (mask != -1) {
                    Rows.blend(w.f[d], x, mask);
                }
            };
            case "cvt.s64.s32", "cvt.u64.u32" -> (w, mask) -> {
                long[] x = mask == -1 ? w.d[d] : w.spareD;
                int[] y = w.r[a];
                long keep = to.equals("s64") ? -1 : 0xffffffffL;
                for (int i = 0; i < LANES; i++) {
                    x[i] = y[i] & keep;
                }
                if (mask != -1) {
                    Rows.blend(w.d[d], x, mask);
                }
            };
            case "cvt.u32.u64" -> (w, mask) -> {
                int[] x = mask == -1 ? w.r[d] : w.spareR;
                long[] y = w.d[a];
                for (int i = 0; i < LANES; i++) {
                    x[i] = (int) y[i];
                }
                if (mask != -1) {
                    Rows.blend(w.r[d], x, mask);
                }
            };
            case "cvt.u32.u16" -> Rows.of((int[] x, int[] y) -> {
                for (int i = 0; i < LANES; i++) {
                    x[i] = y[i] & 0xffff;
                }
            }, d, a);
            default -> null;
        };
    }
}
