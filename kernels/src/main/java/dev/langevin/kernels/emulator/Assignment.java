package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;
import dev.langevin.kernels.emulator.Scope.Register;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which registers an instruction may read before they were written: what no path leaves open needs no check when it
 * runs. The rest is followed lane by lane. Compilers let a register be open where its value cannot matter, so arithmetic on
 * an open register only leaves its result open; an access, a branch, a guard or an exchange between lanes is a fault.
 */
final class Assignment {
    /** Instructions whose first operand is read, not written. */
    private static final Set<String> NO_TARGET = Set.of("st", "red", "bra", "brx", "bar", "barrier", "ret", "exit", "prefetch", "membar", "fence", "trap", "cp");

    /** Instructions by which a value can matter: all others only compute one from others. */
    private static final Set<String> OBSERVES = Set.of("ld", "st", "atom", "red", "bra", "brx", "bar", "barrier", "shfl", "vote", "match", "redux", "cp",
            "ldmatrix", "mma", "prefetch", "ret", "exit", "trap");

    private final Instruction[] code;
    private final int[] base = new int[Bank.values().length];
    private final List<int[]> reads = new ArrayList<>();
    private final List<int[]> writes = new ArrayList<>();
    private final Map<Integer, String> names = new HashMap<>();

    private Assignment(Instruction[] code, Scope scope) {
        this.code = code;
        int n = 0;
        for (Bank b : Bank.values()) {
            base[b.ordinal()] = n;
            n += scope.count(b);
        }
        for (Instruction in : code) {
            Statement s = in.statement;
            boolean target = !NO_TARGET.contains(s.base()) || s.has("red");
            List<Integer> read = new ArrayList<>();
            List<Integer> written = new ArrayList<>();
            if (s.guard() != null) {
                collect(s, s.guard(), read);
            }
            for (int i = 0; i < s.operands().length; i++) {
                collect(s, s.operand(i), i == 0 && target ? written : read);
            }
            reads.add(read.stream().mapToInt(r -> r).toArray());
            writes.add(written.stream().mapToInt(r -> r).toArray());
        }
    }

    /** Adds checks to the instructions that need them; gives the number of registers that are followed. */
    static int check(Instruction[] code, Scope scope) {
        return new Assignment(code, scope).run();
    }

    private void collect(Statement s, String operand, List<Integer> to) {
        int i = 0;
        while (i < operand.length()) {
            int from = i;
            while (i < operand.length() && (Character.isLetterOrDigit(operand.charAt(i)) || operand.charAt(i) == '%' || operand.charAt(i) == '_' || operand.charAt(i) == '$')) {
                i++;
            }
            if (i > from) {
                String name = operand.substring(from, i);
                Register r = s.scope().find(name);
                if (r != null) {
                    int id = base[r.bank().ordinal()] + r.row();
                    names.putIfAbsent(id, name);
                    to.add(id);
                }
            } else {
                i++;
            }
        }
    }

    private int run() {
        BitSet[] known = flow();
        Map<Integer, Integer> followed = new HashMap<>();
        List<int[]> open = new ArrayList<>();
        for (int i = 0; i < code.length; i++) {
            List<Integer> found = new ArrayList<>();
            for (int r : reads.get(i)) {
                // Code that no path reaches has no state.
                if (known[i] != null && !known[i].get(r)) {
                    found.add(r);
                    followed.putIfAbsent(r, followed.size());
                }
            }
            open.add(found.stream().mapToInt(r -> r).toArray());
        }
        for (int i = 0; i < code.length; i++) {
            if (code[i].op != null) {
                code[i].op = checked(code[i], open.get(i), writes.get(i), followed);
            }
        }
        return followed.size();
    }

    private Op checked(Instruction instruction, int[] open, int[] written, Map<Integer, Integer> followed) {
        Op op = instruction.op;
        int[] check = new int[open.length];
        for (int k = 0; k < open.length; k++) {
            check[k] = followed.get(open[k]);
        }
        List<Integer> marks = new ArrayList<>();
        for (int r : written) {
            if (followed.containsKey(r)) {
                marks.add(followed.get(r));
            }
        }
        if (check.length == 0 && marks.isEmpty()) {
            return op;
        }
        int[] mark = marks.stream().mapToInt(m -> m).toArray();
        if (!observes(instruction)) {
            return (w, mask) -> {
                int unknown = 0;
                for (int c : check) {
                    unknown |= mask & ~w.assigned[c];
                }
                op.run(w, mask);
                for (int m : mark) {
                    w.assigned[m] = w.assigned[m] & ~mask | mask & ~unknown;
                }
            };
        }
        return (w, mask) -> {
            for (int k = 0; k < check.length; k++) {
                int unknown = mask & ~w.assigned[check[k]];
                if (unknown != 0) {
                    throw w.fault(Integer.numberOfTrailingZeros(unknown), "reads " + names.get(open[k]) + ", which was never written");
                }
            }
            op.run(w, mask);
            for (int m : mark) {
                w.assigned[m] |= mask;
            }
        };
    }

    private static boolean observes(Instruction instruction) {
        return OBSERVES.contains(instruction.statement.base()) || instruction.guard >= 0;
    }

    /** For each instruction the registers that hold a value on every path to it; null where there is no path. */
    private BitSet[] flow() {
        BitSet[] in = new BitSet[code.length];
        in[0] = new BitSet();
        BitSet pending = new BitSet();
        pending.set(0);
        for (int i = pending.nextSetBit(0); i >= 0; i = pending.nextSetBit(0)) {
            pending.clear(i);
            BitSet state = (BitSet) in[i].clone();
            // A straight run is followed at once.
            while (true) {
                Instruction instruction = code[i];
                if (instruction.guard < 0) {
                    boolean whole = true;
                    for (int r : reads.get(i)) {
                        whole &= state.get(r);
                    }
                    for (int r : writes.get(i)) {
                        state.set(r, whole || observes(instruction));
                    }
                }
                boolean falls = instruction.guard >= 0 || instruction.kind != Instruction.EXIT && instruction.kind != Instruction.BRANCH && instruction.kind != Instruction.INDEXED_BRANCH;
                if (instruction.kind == Instruction.BRANCH) {
                    join(in, instruction.target, state, pending);
                } else if (instruction.kind == Instruction.INDEXED_BRANCH) {
                    for (int t : instruction.targets) {
                        join(in, t, state, pending);
                    }
                }
                if (!falls || i + 1 == code.length || !join(in, i + 1, state, pending)) {
                    break;
                }
                i++;
                pending.clear(i);
                state = (BitSet) in[i].clone();
            }
        }
        return in;
    }

    /** Whether the state before an instruction changed. */
    private static boolean join(BitSet[] in, int at, BitSet state, BitSet pending) {
        if (in[at] == null) {
            in[at] = (BitSet) state.clone();
        } else {
            int before = in[at].cardinality();
            in[at].and(state);
            if (in[at].cardinality() == before) {
                return false;
            }
        }
        pending.set(at);
        return true;
    }
}
