package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Map;
import java.util.Set;
import java.util.function.IntBinaryOperator;

/** Comparisons, selections and logic of predicates. */
final class CompareOps {
    /** The lanes where a comparison holds. */
    interface Test {
        int lanes(Warp w, int a, int b);
    }


    private static final Set<String> RELATIONS = Set.of("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs",
            "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan");

    private static final Map<String, Test> INTS = Map.ofEntries(
            Map.entry("eq", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] == y[i] ? 1 : 0) << i; return m; }),
            Map.entry("ne", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] != y[i] ? 1 : 0) << i; return m; }),
            Map.entry("lt", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] < y[i] ? 1 : 0) << i; return m; }),
            Map.entry("ge", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] >= y[i] ? 1 : 0) << i; return m; }),
            Map.entry("lo", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] + Integer.MIN_VALUE < y[i] + Integer.MIN_VALUE ? 1 : 0) << i; return m; }),
            Map.entry("hs", (w, a, b) -> { int m = 0; int[] x = w.r[a], y = w.r[b]; for (int i = 0; i < LANES; i++) m |= (x[i] + Integer.MIN_VALUE >= y[i] + Integer.MIN_VALUE ? 1 : 0) << i; return m; }));

    private static final Map<String, Test> LONGS = Map.ofEntries(
            Map.entry("eq", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] == y[i] ? 1 : 0) << i; return m; }),
            Map.entry("ne", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] != y[i] ? 1 : 0) << i; return m; }),
            Map.entry("lt", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] < y[i] ? 1 : 0) << i; return m; }),
            Map.entry("ge", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] >= y[i] ? 1 : 0) << i; return m; }),
            Map.entry("lo", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] + Long.MIN_VALUE < y[i] + Long.MIN_VALUE ? 1 : 0) << i; return m; }),
            Map.entry("hs", (w, a, b) -> { int m = 0; long[] x = w.d[a], y = w.d[b]; for (int i = 0; i < LANES; i++) m |= (x[i] + Long.MIN_VALUE >= y[i] + Long.MIN_VALUE ? 1 : 0) << i; return m; }));

    private static final Map<String, Test> FLOATS = Map.ofEntries(
            Map.entry("eq", (w, a, b) -> { int m = 0; float[] x = w.f[a], y = w.f[b]; for (int i = 0; i < LANES; i++) m |= (x[i] == y[i] ? 1 : 0) << i; return m; }),
            Map.entry("lt", (w, a, b) -> { int m = 0; float[] x = w.f[a], y = w.f[b]; for (int i = 0; i < LANES; i++) m |= (x[i] < y[i] ? 1 : 0) << i; return m; }),
            Map.entry("le", (w, a, b) -> { int m = 0; float[] x = w.f[a], y = w.f[b]; for (int i = 0; i < LANES; i++) m |= (x[i] <= y[i] ? 1 : 0) << i; return m; }),
            Map.entry("nan", (w, a, b) -> { int m = 0; float[] x = w.f[a], y = w.f[b]; for (int i = 0; i < LANES; i++) m |= (x[i] != x[i] || y[i] != y[i] ? 1 : 0) << i; return m; }));

    private static final Map<String, Test> DOUBLES = Map.ofEntries(
            Map.entry("eq", (w, a, b) -> { int m = 0; for (int i = 0; i < LANES; i++) m |= (real(w, a, i) == real(w, b, i) ? 1 : 0) << i; return m; }),
            Map.entry("lt", (w, a, b) -> { int m = 0; for (int i = 0; i < LANES; i++) m |= (real(w, a, i) < real(w, b, i) ? 1 : 0) << i; return m; }),
            Map.entry("le", (w, a, b) -> { int m = 0; for (int i = 0; i < LANES; i++) m |= (real(w, a, i) <= real(w, b, i) ? 1 : 0) << i; return m; }),
            Map.entry("nan", (w, a, b) -> { int m = 0; for (int i = 0; i < LANES; i++) m |= (Double.isNaN(real(w, a, i)) || Double.isNaN(real(w, b, i)) ? 1 : 0) << i; return m; }));

    private CompareOps() {
    }

    private static double real(Warp w, int row, int lane) {
        return Double.longBitsToDouble(w.d[row][lane]);
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        return switch (s.base()) {
            case "setp" -> setp(s, o);
            case "set" -> set(s, o);
            case "selp" -> selp(s, o);
            case "and", "or", "xor", "not", "mov" -> s.type().equals("pred") ? logic(s, o) : null;
            default -> null;
        };
    }

    /** The comparison that an instruction names, of operands i and i + 1. */
    private static Test test(Statement s, Operands o, int i, String type, int[] rows) {
        String relation = null;
        for (String word : s.opcode()) {
            if (RELATIONS.contains(word)) {
                relation = word;
                break;
            }
        }
        if (relation == null) {
            throw s.error("the comparison is not known");
        }
        Test t;
        if (type.equals("f32") || type.equals("f64")) {
            Bank bank = type.equals("f32") ? Bank.FLOAT : Bank.LONG;
            rows[0] = o.source(bank, s.operand(i));
            rows[1] = o.source(bank, s.operand(i + 1));
            t = real(type.equals("f32") ? FLOATS : DOUBLES, relation);
            if (s.has("ftz")) {
                Test exact = t;
                t = (w, a, b) -> {
                    float[] x = w.f[a];
                    float[] y = w.f[b];
                    w.f[a] = FloatOps.flush(x, true);
                    w.f[b] = a == b ? w.f[a] : FloatOps.flush(y, true);
                    int m = exact.lanes(w, a, b);
                    w.f[a] = x;
                    w.f[b] = y;
                    return m;
                };
            }
        } else if (type.endsWith("64")) {
            rows[0] = o.longSource(i);
            rows[1] = o.longSource(i + 1);
            t = whole(LONGS, relation, type.startsWith("s"));
        } else {
            boolean narrow = type.endsWith("16");
            boolean signed = type.startsWith("s");
            rows[0] = narrow ? o.shortSource(i, signed) : o.intSource(i);
            rows[1] = narrow ? o.shortSource(i + 1, signed) : o.intSource(i + 1);
            t = whole(INTS, relation, type.startsWith("s"));
        }
        if (t == null) {
            throw s.error("the comparison " + relation + " is not emulated");
        }
        return t;
    }

    private static Test whole(Map<String, Test> tests, String relation, boolean signed) {
        Test less = tests.get(signed ? "lt" : "lo");
        Test atLeast = tests.get(signed ? "ge" : "hs");
        return switch (relation) {
            case "eq", "ne" -> tests.get(relation);
            case "lt", "lo" -> less;
            case "ge", "hs" -> atLeast;
            case "gt", "hi" -> (w, a, b) -> less.lanes(w, b, a);
            case "le", "ls" -> (w, a, b) -> atLeast.lanes(w, b, a);
            default -> null;
        };
    }

    private static Test real(Map<String, Test> tests, String relation) {
        Test eq = tests.get("eq");
        Test lt = tests.get("lt");
        Test le = tests.get("le");
        Test nan = tests.get("nan");
        return switch (relation) {
            case "eq", "lt", "le", "nan" -> tests.get(relation);
            case "gt" -> (w, a, b) -> lt.lanes(w, b, a);
            case "ge" -> (w, a, b) -> le.lanes(w, b, a);
            case "ne" -> (w, a, b) -> ~eq.lanes(w, a, b) & ~nan.lanes(w, a, b);
            case "num" -> (w, a, b) -> ~nan.lanes(w, a, b);
            case "equ" -> (w, a, b) -> eq.lanes(w, a, b) | nan.lanes(w, a, b);
            case "neu" -> (w, a, b) -> ~eq.lanes(w, a, b);
            // Not ordered or less is the opposite of at least.
            case "ltu" -> (w, a, b) -> ~le.lanes(w, b, a);
            case "leu" -> (w, a, b) -> ~lt.lanes(w, b, a);
            case "gtu" -> (w, a, b) -> ~le.lanes(w, a, b);
            case "geu" -> (w, a, b) -> ~lt.lanes(w, a, b);
            default -> null;
        };
    }

    private static Op setp(Statement s, Operands o) {
        int[] rows = new int[2];
        Test t = test(s, o, 1, s.type(), rows);
        int a = rows[0];
        int b = rows[1];
        String[] targets = s.operand(0).split("\\|");
        int p = o.predicate(targets[0].strip());
        int q = targets.length > 1 ? o.predicate(targets[1].strip()) : -1;
        IntBinaryOperator join = join(s);
        if (join == null && q < 0) {
            return (w, mask) -> w.p[p] = w.p[p] & ~mask | t.lanes(w, a, b) & mask;
        }
        boolean negated = join != null && s.operand(3).startsWith("!");
        int c = join == null ? -1 : o.predicate(s.operand(3).substring(negated ? 1 : 0));
        return (w, mask) -> {
            int yes = t.lanes(w, a, b);
            int no = ~yes;
            if (join != null) {
                int other = negated ? ~w.p[c] : w.p[c];
                yes = join.applyAsInt(yes, other);
                no = join.applyAsInt(no, other);
            }
            w.p[p] = w.p[p] & ~mask | yes & mask;
            if (q >= 0) {
                w.p[q] = w.p[q] & ~mask | no & mask;
            }
        };
    }

    private static IntBinaryOperator join(Statement s) {
        return s.has("and") ? (x, y) -> x & y : s.has("or") ? (x, y) -> x | y : s.has("xor") ? (x, y) -> x ^ y : null;
    }

    /** {@code set.lt.u32.f32}: all bits, or 1.0, where it holds. */
    private static Op set(Statement s, Operands o) {
        if (join(s) != null) {
            throw s.error("is not emulated with a further predicate");
        }
        int[] rows = new int[2];
        Test t = test(s, o, 1, s.type(), rows);
        String to = s.opcode()[s.opcode().length - 2];
        int one = to.equals("f32") ? Float.floatToRawIntBits(1) : -1;
        int d = o.intTarget(0);
        return (w, mask) -> {
            int yes = t.lanes(w, rows[0], rows[1]);
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                w.r[d][i] = (yes >> i & 1) != 0 ? one : 0;
            }
        };
    }

    private static Op selp(Statement s, Operands o) {
        int p = o.predicate(s.operand(3));
        String type = s.type();
        Bank bank = type.endsWith("64") ? Bank.LONG : o.bank(0, Bank.INT);
        int d = o.target(bank, s.operand(0));
        int a = o.source(bank, s.operand(1));
        int b = o.source(bank, s.operand(2));
        return switch (bank) {
            case FLOAT -> (w, mask) -> {
                int choice = w.p[p];
                float[] to = w.f[d];
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    to[i] = w.f[(choice >> i & 1) != 0 ? a : b][i];
                }
            };
            case INT -> (w, mask) -> {
                int choice = w.p[p];
                int[] to = w.r[d];
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    to[i] = w.r[(choice >> i & 1) != 0 ? a : b][i];
                }
            };
            default -> (w, mask) -> {
                int choice = w.p[p];
                long[] to = w.d[d];
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    to[i] = w.d[(choice >> i & 1) != 0 ? a : b][i];
                }
            };
        };
    }

    private static Op logic(Statement s, Operands o) {
        int d = o.predicate(s.operand(0));
        int a = o.predicate(s.operand(1));
        if (s.base().equals("not") || s.base().equals("mov")) {
            int flip = s.base().equals("not") ? -1 : 0;
            return (w, mask) -> w.p[d] = w.p[d] & ~mask | (w.p[a] ^ flip) & mask;
        }
        int b = o.predicate(s.operand(2));
        return switch (s.base()) {
            case "and" -> (w, mask) -> w.p[d] = w.p[d] & ~mask | w.p[a] & w.p[b] & mask;
            case "or" -> (w, mask) -> w.p[d] = w.p[d] & ~mask | (w.p[a] | w.p[b]) & mask;
            default -> (w, mask) -> w.p[d] = w.p[d] & ~mask | (w.p[a] ^ w.p[b]) & mask;
        };
    }
}
