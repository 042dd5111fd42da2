package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Arrays;
import java.util.List;

/** Instructions in which the lanes of a warp see each other. They run when all members have come. */
final class WarpOps {
    private WarpOps() {
    }

    /** Int row of the member mask, of the instruction's last operand; -1 for other instructions. */
    static int members(Statement s, Operands o) {
        return switch (s.base()) {
            case "shfl", "vote", "match", "redux" -> s.has("sync") ? o.intSource(s.operands().length - 1) : -1;
            case "bar" -> s.has("warp") ? o.intSource(0) : -1;
            default -> -1;
        };
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        return switch (s.base()) {
            case "shfl" -> shuffle(s, o);
            case "vote" -> vote(s, o);
            case "match" -> match(s, o);
            case "redux" -> reduce(s, o);
            case "bar" -> s.has("warp") ? (w, mask) -> { } : null;
            case "activemask" -> {
                int d = o.intTarget(0);
                yield (w, mask) -> {
                    for (int m = mask; m != 0; m &= m - 1) {
                        w.r[d][Integer.numberOfTrailingZeros(m)] = mask;
                    }
                };
            }
            case "elect" -> throw s.error("is not emulated");
            default -> null;
        };
    }

    private static Op shuffle(Statement s, Operands o) {
        int mode = List.of("up", "down", "bfly", "idx").indexOf(s.opcode()[2]);
        String[] targets = s.operand(0).split("\\|");
        Bank bank = o.register(targets[0].strip()) == null ? Bank.INT : o.register(targets[0].strip()).bank();
        int d = o.target(bank, targets[0].strip());
        int p = targets.length > 1 ? o.predicate(targets[1].strip()) : -1;
        int a = o.source(bank, s.operand(1));
        int b = o.intSource(2);
        int c = o.intSource(3);
        return (w, mask) -> {
            int[] from = new int[Rows.LANES];
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int clamp = w.r[c][i] & 31;
                int segment = w.r[c][i] >>> 8 & 31;
                int by = w.r[b][i] & 31;
                int most = i & segment | clamp & ~segment;
                int j = mode == 0 ? i - by : mode == 1 ? i + by : mode == 2 ? i ^ by : i & segment | by & ~segment;
                boolean in = mode == 0 ? j >= most : j <= most;
                from[i] = in ? j : i;
                if (in && (mask >> j & 1) == 0) {
                    throw w.fault(i, "takes the value of lane " + j + ", which does not take part");
                }
                if (p >= 0) {
                    w.p[p] = in ? w.p[p] | 1 << i : w.p[p] & ~(1 << i);
                }
            }
            if (bank == Bank.FLOAT) {
                float[] x = w.f[a].clone();
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.f[d][i] = x[from[i]];
                }
            } else {
                int[] x = w.r[a].clone();
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = x[from[i]];
                }
            }
        };
    }

    private static Op vote(Statement s, Operands o) {
        boolean negated = s.operand(1).startsWith("!");
        int a = o.predicate(s.operand(1).substring(negated ? 1 : 0));
        boolean ballot = s.has("ballot");
        int d = ballot ? o.intTarget(0) : o.predicate(s.operand(0));
        int members = o.intSource(2);
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int who = w.r[members][i];
                int yes = (negated ? ~w.p[a] : w.p[a]) & who;
                if (ballot) {
                    w.r[d][i] = yes;
                    continue;
                }
                boolean holds = s.has("all") ? yes == who : s.has("any") ? yes != 0 : yes == 0 || yes == who;
                w.spareP = holds ? w.spareP | 1 << i : w.spareP & ~(1 << i);
            }
            if (!ballot) {
                w.p[d] = w.p[d] & ~mask | w.spareP & mask;
            }
        };
    }

    private static Op match(Statement s, Operands o) {
        boolean wide = s.type().endsWith("64");
        String[] targets = s.operand(0).split("\\|");
        int d = o.target(Bank.INT, targets[0].strip());
        int p = targets.length > 1 ? o.predicate(targets[1].strip()) : -1;
        int a = wide ? o.longSource(1) : o.intSource(1);
        int members = o.intSource(2);
        boolean all = s.has("all");
        return (w, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int who = w.r[members][i];
                int same = 0;
                for (int k = who; k != 0; k &= k - 1) {
                    int j = Integer.numberOfTrailingZeros(k);
                    boolean equal = wide ? w.d[a][i] == w.d[a][j] : w.r[a][i] == w.r[a][j];
                    same |= (equal ? 1 : 0) << j;
                }
                w.spareR[i] = all ? same == who ? who : 0 : same;
                if (p >= 0) {
                    w.p[p] = same == who ? w.p[p] | 1 << i : w.p[p] & ~(1 << i);
                }
            }
            Rows.blend(w.r[d], w.spareR, mask);
        };
    }

    private static Op reduce(Statement s, Operands o) {
        int d = o.intTarget(0);
        int a = o.intSource(1);
        int members = o.intSource(2);
        String what = s.opcode()[2];
        boolean signed = s.type().startsWith("s");
        return (w, mask) -> {
            int[] x = w.r[a].clone();
            int[] lanes = new int[Rows.LANES];
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                int n = 0;
                for (int k = w.r[members][i]; k != 0; k &= k - 1) {
                    lanes[n++] = x[Integer.numberOfTrailingZeros(k)];
                }
                w.r[d][i] = Arrays.stream(lanes, 0, n).reduce((u, v) -> AtomicOps.apply(what, signed, u, v)).orElseThrow();
            }
        };
    }
}
