package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Rows.I1;
import dev.langevin.kernels.emulator.Rows.I2;
import dev.langevin.kernels.emulator.Rows.I3;
import java.util.Map;

/** Arithmetic and logic of 16 and 32 bits. Registers of 16 bits hold their value without sign. */
final class IntOps {
    private static final Map<String, I1> ONE = Map.ofEntries(
            Map.entry("not", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = ~a[i]; }),
            Map.entry("neg", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = -a[i]; }),
            Map.entry("abs", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Math.abs(a[i]); }),
            Map.entry("cnot", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] == 0 ? 1 : 0; }),
            Map.entry("popc", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Integer.bitCount(a[i]); }),
            Map.entry("clz", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Integer.numberOfLeadingZeros(a[i]); }),
            Map.entry("brev", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Integer.reverse(a[i]); }),
            Map.entry("bfind.u", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = 31 - Integer.numberOfLeadingZeros(a[i]); }),
            // How far the highest bit is from the top.
            Map.entry("bfind.shift.u", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] == 0 ? -1 : Integer.numberOfLeadingZeros(a[i]); }),
            Map.entry("bfind.s", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = 31 - Integer.numberOfLeadingZeros(a[i] < 0 ? ~a[i] : a[i]); }));

    private static final Map<String, I2> TWO = Map.ofEntries(
            Map.entry("add", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] + b[i]; }),
            Map.entry("sub", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] - b[i]; }),
            Map.entry("mul.lo", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] * b[i]; }),
            Map.entry("mul.hi.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = (int) ((long) a[i] * b[i] >> 32); }),
            Map.entry("mul.hi.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = (int) ((a[i] & 0xffffffffL) * (b[i] & 0xffffffffL) >>> 32); }),
            // A division by 0 has no defined result; lanes that do not run may meet one.
            Map.entry("div.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? -1 : a[i] / b[i]; }),
            Map.entry("div.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? -1 : Integer.divideUnsigned(a[i], b[i]); }),
            Map.entry("rem.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? a[i] : a[i] % b[i]; }),
            Map.entry("rem.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = b[i] == 0 ? a[i] : Integer.remainderUnsigned(a[i], b[i]); }),
            Map.entry("min.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.min(a[i], b[i]); }),
            Map.entry("max.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.max(a[i], b[i]); }),
            Map.entry("min.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Integer.compareUnsigned(a[i], b[i]) < 0 ? a[i] : b[i]; }),
            Map.entry("max.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Integer.compareUnsigned(a[i], b[i]) > 0 ? a[i] : b[i]; }),
            Map.entry("and", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] & b[i]; }),
            Map.entry("or", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] | b[i]; }),
            Map.entry("xor", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] ^ b[i]; }),
            Map.entry("shl", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = (b[i] & ~31) != 0 ? 0 : a[i] << b[i]; }),
            Map.entry("shr.u", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = (b[i] & ~31) != 0 ? 0 : a[i] >>> b[i]; }),
            Map.entry("shr.s", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = (b[i] & ~31) != 0 ? a[i] >> 31 : a[i] >> b[i]; }));

    private static final Map<String, I3> THREE = Map.ofEntries(
            Map.entry("mad.lo", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] * b[i] + c[i]; }),
            Map.entry("mad.hi.s", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = (int) ((long) a[i] * b[i] >> 32) + c[i]; }),
            Map.entry("mad.hi.u", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = (int) ((a[i] & 0xffffffffL) * (b[i] & 0xffffffffL) >>> 32) + c[i]; }),
            Map.entry("sad.s", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = c[i] + (a[i] < b[i] ? b[i] - a[i] : a[i] - b[i]); }),
            Map.entry("bfe.u", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.extract(a[i], b[i], c[i]); }),
            Map.entry("bfe.s", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.extractSigned(a[i], b[i], c[i]); }),
            Map.entry("prmt", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.permute(a[i], b[i], c[i]); }),
            Map.entry("shf.l.wrap", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.funnelLeft(a[i], b[i], c[i] & 31); }),
            Map.entry("shf.l.clamp", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.funnelLeft(a[i], b[i], Bits.clamp(c[i])); }),
            Map.entry("shf.r.wrap", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.funnelRight(a[i], b[i], c[i] & 31); }),
            Map.entry("shf.r.clamp", (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Bits.funnelRight(a[i], b[i], Bits.clamp(c[i])); }));

    private IntOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        String type = s.type();
        String base = s.base();
        if (base.equals("lop3")) {
            return lop3(s, o);
        }
        if (base.equals("bfi") && type.equals("b32")) {
            int d = o.intTarget(0);
            int a = o.intSource(1);
            int b = o.intSource(2);
            int p = o.intSource(3);
            int n = o.intSource(4);
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = Bits.insert(w.r[a][i], w.r[b][i], w.r[p][i], w.r[n][i]);
                }
            };
        }
        boolean narrow = s.whole() && s.bits() == 16;
        if (!narrow && !(s.whole() && s.bits() == 32) || s.has("wide") || s.has("cc") || base.equals("addc") || base.equals("subc")) {
            return null;
        }
        String name = name(s, base);
        String signed = name + (type.startsWith("s") ? ".s" : ".u");
        boolean negative = type.startsWith("s");
        I1 one = ONE.containsKey(signed) ? ONE.get(signed) : ONE.get(name);
        I2 two = TWO.containsKey(signed) ? TWO.get(signed) : TWO.get(name);
        I3 three = THREE.containsKey(signed) ? THREE.get(signed) : THREE.get(name);
        if (s.has("sat") && !base.equals("cvt")) {
            throw s.error(".sat on integers is not emulated");
        }
        if (narrow && base.equals("mul") && s.has("hi")) {
            two = (d, a, b) -> {
                for (int i = 0; i < LANES; i++) {
                    d[i] = a[i] * b[i] >>> 16;
                }
            };
        } else if (narrow && s.has("hi")) {
            throw s.error("is not emulated for 16 bits");
        }
        if (one != null) {
            return narrow(Rows.of(one, o.intTarget(0), source(o, 1, narrow, negative)), narrow, o);
        } else if (two != null) {
            boolean shift = base.equals("shl") || base.equals("shr");
            return narrow(Rows.of(two, o.intTarget(0), source(o, 1, narrow, negative), source(o, 2, narrow && !shift, negative)), narrow, o);
        } else if (three != null) {
            return narrow(Rows.of(three, o.intTarget(0), source(o, 1, narrow, negative), source(o, 2, narrow, negative), source(o, 3, narrow, negative)), narrow, o);
        }
        return null;
    }

    private static int source(Operands o, int i, boolean narrow, boolean signed) {
        return narrow ? o.shortSource(i, signed) : o.intSource(i);
    }

    private static String name(Statement s, String base) {
        return switch (base) {
            case "bfind" -> s.has("shiftamt") ? "bfind.shift" : base;
            case "mul", "mad" -> base + (s.has("hi") ? ".hi" : ".lo");
            case "shf" -> base + "." + s.opcode()[1] + "." + s.opcode()[2];
            case "prmt" -> {
                if (s.opcode().length > 2) {
                    throw s.error("this mode is not emulated");
                }
                yield base;
            }
            default -> base;
        };
    }

    private static Op narrow(Op op, boolean narrow, Operands o) {
        if (!narrow) {
            return op;
        }
        int d = o.intTarget(0);
        return (w, mask) -> {
            op.run(w, mask);
            for (int m = mask; m != 0; m &= m - 1) {
                w.r[d][Integer.numberOfTrailingZeros(m)] &= 0xffff;
            }
        };
    }

    private static Op lop3(Statement s, Operands o) {
        int table = o.immediate(4);
        I3 f = (d, a, b, c) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Bits.lookup(a[i], b[i], c[i], table);
            }
        };
        return Rows.of(f, o.intTarget(0), o.intSource(1), o.intSource(2), o.intSource(3));
    }
}
