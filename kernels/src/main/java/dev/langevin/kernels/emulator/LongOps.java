package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Rows.L1;
import dev.langevin.kernels.emulator.Rows.L2;
import dev.langevin.kernels.emulator.Rows.L3;
import java.util.Map;

/** Arithmetic and logic of 64 bits, float64 among it, and products of 32 bits that have 64. */
final class LongOps {
    private static final Map<String, L1> ONE = Map.of(
            "not", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = ~a[i]; },
            "neg", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = -a[i]; },
            "abs", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Math.abs(a[i]); },
            "brev", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Long.reverse(a[i]); });

    private static final Map<String, L2> TWO = Map.ofEntries(
            Map.entry("add", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] + b[i]; }),
            Map.entry("sub", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] - b[i]; }),
            Map.entry("mul.lo", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] * b[i]; }),
            Map.entry("mul.hi.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.multiplyHigh(a[i], b[i]); }),
            Map.entry("mul.hi.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.unsignedMultiplyHigh(a[i], b[i]); }),
            Map.entry("div.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? -1 : a[i] / b[i]; }),
            Map.entry("div.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? -1 : Long.divideUnsigned(a[i], b[i]); }),
            Map.entry("rem.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? a[i] : a[i] % b[i]; }),
            Map.entry("rem.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? a[i] : Long.remainderUnsigned(a[i], b[i]); }),
            Map.entry("min.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.min(a[i], b[i]); }),
            Map.entry("max.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.max(a[i], b[i]); }),
            Map.entry("min.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Long.compareUnsigned(a[i], b[i]) < 0 ? a[i] : b[i]; }),
            Map.entry("max.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Long.compareUnsigned(a[i], b[i]) > 0 ? a[i] : b[i]; }),
            Map.entry("and", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] & b[i]; }),
            Map.entry("or", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] | b[i]; }),
            Map.entry("xor", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] ^ b[i]; }));

    private static final Map<String, L1> DOUBLE_ONE = Map.of(
            "neg", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = bits(-of(a[i])); },
            "abs", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = bits(Math.abs(of(a[i]))); },
            "sqrt", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = bits(Math.sqrt(of(a[i]))); },
            "rcp", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = bits(1 / of(a[i])); });

    private static final Map<String, L2> DOUBLE_TWO = Map.of(
            "add", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = bits(of(a[i]) + of(b[i])); },
            "sub", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = bits(of(a[i]) - of(b[i])); },
            "mul", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = bits(of(a[i]) * of(b[i])); },
            "div", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = bits(of(a[i]) / of(b[i])); },
            "min", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = number(a[i]) ? number(b[i]) ? bits(Math.min(of(a[i]), of(b[i]))) : a[i] : b[i]; },
            "max", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = number(a[i]) ? number(b[i]) ? bits(Math.max(of(a[i]), of(b[i]))) : a[i] : b[i]; });

    private static final L3 DOUBLE_FMA = (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = bits(Math.fma(of(a[i]), of(b[i]), of(c[i]))); };
    private static final L3 MAD = (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] * b[i] + c[i]; };

    private LongOps() {
    }

    private static double of(long bits) {
        return Double.longBitsToDouble(bits);
    }

    private static long bits(double x) {
        return Double.doubleToRawLongBits(x);
    }

    private static boolean number(long bits) {
        return !Double.isNaN(of(bits));
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        String type = s.type();
        String base = s.base();
        if (s.has("wide") && (base.equals("mul") || base.equals("mad"))) {
            return wide(s, o);
        }
        if (type.equals("f64")) {
            if (DOUBLE_ONE.containsKey(base)) {
                return Rows.of(DOUBLE_ONE.get(base), o.longTarget(0), o.longSource(1));
            } else if (DOUBLE_TWO.containsKey(base)) {
                return Rows.of(DOUBLE_TWO.get(base), o.longTarget(0), o.longSource(1), o.longSource(2));
            } else if (base.equals("fma") || base.equals("mad")) {
                return Rows.of(DOUBLE_FMA, o.longTarget(0), o.longSource(1), o.longSource(2), o.longSource(3));
            }
            return null;
        }
        if (!s.whole() || s.bits() != 64 || s.has("cc") || s.has("sat")) {
            return null;
        }
        if (base.equals("bfe") || base.equals("bfi")) {
            return field(s, o);
        }
        if (base.equals("shl") || base.equals("shr")) {
            return shift(s, o);
        }
        if (base.equals("popc") || base.equals("clz")) {
            int d = o.intTarget(0);
            int a = o.longSource(1);
            boolean popc = base.equals("popc");
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = popc ? Long.bitCount(w.d[a][i]) : Long.numberOfLeadingZeros(w.d[a][i]);
                }
            };
        }
        String name = base.equals("mul") ? base + (s.has("hi") ? ".hi" : ".lo") : base;
        String signed = name + (type.startsWith("s") ? ".s" : ".u");
        L1 one = ONE.get(name);
        L2 two = TWO.containsKey(signed) ? TWO.get(signed) : TWO.get(name);
        if (one != null) {
            return Rows.of(one, o.longTarget(0), o.longSource(1));
        } else if (two != null) {
            return Rows.of(two, o.longTarget(0), o.longSource(1), o.longSource(2));
        } else if (base.equals("mad") && s.has("lo")) {
            return Rows.of(MAD, o.longTarget(0), o.longSource(1), o.longSource(2), o.longSource(3));
        }
        return null;
    }

    private static Op shift(Statement s, Operands o) {
        int d = o.longTarget(0);
        int a = o.longSource(1);
        int n = o.intSource(2);
        boolean left = s.base().equals("shl");
        boolean signed = s.type().startsWith("s");
        return (w, mask) -> {
            long[] to = mask == -1 ? w.d[d] : w.spareD;
            long[] x = w.d[a];
            int[] by = w.r[n];
            for (int i = 0; i < LANES; i++) {
                boolean over = (by[i] & ~63) != 0;
                to[i] = left ? over ? 0 : x[i] << by[i] : signed ? x[i] >> (over ? 63 : by[i]) : over ? 0 : x[i] >>> by[i];
            }
            if (mask != -1) {
                Rows.blend(w.d[d], to, mask);
            }
        };
    }

    private static Op field(Statement s, Operands o) {
        boolean insert = s.base().equals("bfi");
        boolean signed = s.type().startsWith("s");
        int d = o.longTarget(0);
        int a = o.longSource(1);
        int b = insert ? o.longSource(2) : a;
        int p = o.intSource(insert ? 3 : 2);
        int n = o.intSource(insert ? 4 : 3);
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                w.d[d][i] = insert ? Bits.insert(w.d[a][i], w.d[b][i], w.r[p][i], w.r[n][i])
                        : Bits.extract(w.d[a][i], w.r[p][i], w.r[n][i], signed);
            }
        };
    }

    private static Op wide(Statement s, Operands o) {
        boolean signed = s.type().startsWith("s");
        if (s.type().endsWith("16")) {
            if (s.base().equals("mad")) {
                throw s.error("is not emulated for 16 bits");
            }
            return Rows.of((int[] d, int[] a, int[] b) -> {
                for (int i = 0; i < LANES; i++) {
                    d[i] = a[i] * b[i];
                }
            }, o.intTarget(0), o.shortSource(1, signed), o.shortSource(2, signed));
        }
        int d = o.longTarget(0);
        int a = o.intSource(1);
        int b = o.intSource(2);
        int c = s.base().equals("mad") ? o.longSource(3) : o.longConstant(0);
        long keep = signed ? -1 : 0xffffffffL;
        return (w, mask) -> {
            long[] to = mask == -1 ? w.d[d] : w.spareD;
            int[] x = w.r[a];
            int[] y = w.r[b];
            long[] z = w.d[c];
            for (int i = 0; i < LANES; i++) {
                to[i] = (x[i] & keep) * (y[i] & keep) + z[i];
            }
            if (mask != -1) {
                Rows.blend(w.d[d], to, mask);
            }
        };
    }
}
