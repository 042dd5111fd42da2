package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.Arrays;
import java.util.Map;

/** Registers of 32 threads, and where each of them is. Lanes at the same place run as a group, the lowest place first. */
final class Warp {
    /** States of a group. */
    private static final int READY = 0;
    private static final int AT_BARRIER = 1;
    private static final int INCOMPLETE = 2;

    final Block block;
    final int first;
    final float[][] f;
    final int[][] r;
    final long[][] d;
    final int[] p;
    final float[] spareF = new float[LANES];
    final int[] spareR = new int[LANES];
    final long[] spareD = new long[LANES];
    int spareP;
    final long[] addresses = new long[LANES];
    final GlobalSpace global;
    private final LocalSpace local;
    /** Lanes of followed registers that were written. */
    final int[] assigned;
    private final Instruction[] code;
    private final Program program;

    /** Thread-instructions so far. */
    long executed;
    private long budget;
    private int pc;
    private int mask;
    private int limit;
    private int exited;
    private int lanes;
    private int groups;
    private final int[] groupPc = new int[LANES + 1];
    private final int[] groupMask = new int[LANES + 1];
    private final int[] groupState = new int[LANES + 1];

    Warp(Block block, Program program, int first, GlobalMemory memory) {
        this.block = block;
        this.first = first;
        this.program = program;
        code = program.code;
        global = new GlobalSpace(memory);
        assigned = new int[program.followed];
        local = new LocalSpace((int) program.variables.localBytes());
        f = new float[program.rows(Bank.FLOAT)][LANES];
        r = new int[program.rows(Bank.INT)][LANES];
        d = new long[program.rows(Bank.LONG)][LANES];
        p = new int[program.rows(Bank.PREDICATE)];
        for (Map.Entry<Long, Integer> c : program.layout.constants(Bank.FLOAT).entrySet()) {
            Arrays.fill(f[c.getValue()], Float.intBitsToFloat((int) (long) c.getKey()));
        }
        for (Map.Entry<Long, Integer> c : program.layout.constants(Bank.INT).entrySet()) {
            Arrays.fill(r[c.getValue()], (int) (long) c.getKey());
        }
        for (Map.Entry<Long, Integer> c : program.layout.constants(Bank.LONG).entrySet()) {
            Arrays.fill(d[c.getValue()], c.getKey());
        }
        for (Map.Entry<Long, Integer> c : program.layout.constants(Bank.PREDICATE).entrySet()) {
            p[c.getValue()] = (int) (long) c.getKey();
        }
    }

    /** Begins a block. */
    void begin() {
        int n = Math.min(LANES, block.threads() - first);
        lanes = n == LANES ? -1 : (1 << n) - 1;
        exited = 0;
        groups = 0;
        executed = 0;
        pc = 0;
        mask = lanes;
        limit = Integer.MAX_VALUE;
        budget = block.budget();
        local.begin();
        Arrays.fill(assigned, 0);
        for (Map.Entry<String, Integer> s : program.layout.specials().entrySet()) {
            block.special(s.getKey(), first, r[s.getValue()]);
        }
    }

    boolean done() {
        return exited == lanes;
    }

    int exited() {
        return Integer.bitCount(exited);
    }

    /** Runs until every lane has exited or waits at a barrier of the block. */
    void run() {
        if (mask == 0 && !next()) {
            return;
        }
        long count = 0;
        for (;;) {
            if (pc >= limit) {
                park(READY);
                if (!next()) {
                    break;
                }
            }
            Instruction in = code[pc];
            int m = mask;
            if (in.guard >= 0) {
                m &= in.negated ? ~p[in.guard] : p[in.guard];
            }
            count += Integer.bitCount(m);
            if (in.kind == Instruction.PLAIN) {
                if (m != 0) {
                    in.op.run(this, m);
                }
                pc++;
                continue;
            }
            executed += count;
            block.count(count);
            count = 0;
            if (!control(in, m)) {
                break;
            }
        }
        executed += count;
        block.count(count);
    }

    /** A branch, an exit, a barrier or a shuffle; false when nothing is left to run. */
    private boolean control(Instruction in, int m) {
        switch (in.kind) {
            case Instruction.BRANCH -> {
                if (in.target <= pc && (budget -= 1) < 0) {
                    throw fault(Integer.numberOfTrailingZeros(mask), "was reached " + block.budget() + " times: an infinite loop");
                }
                if (m == mask) {
                    pc = in.target;
                    if (groups > 0) {
                        limit();
                    }
                } else if (m == 0) {
                    pc++;
                } else {
                    add(in.target, m, READY);
                    mask &= ~m;
                    pc++;
                }
                return true;
            }
            case Instruction.INDEXED_BRANCH -> {
                for (int rest = m; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    int to = r[in.row][i];
                    if (to < 0 || to >= in.targets.length) {
                        throw fault(i, "takes entry " + to + " of a table of " + in.targets.length);
                    }
                    add(in.targets[to], 1 << i, READY);
                }
                mask &= ~m;
                pc++;
                if (mask != 0) {
                    park(READY);
                }
                return next();
            }
            case Instruction.EXIT -> {
                exited |= m;
                mask &= ~m;
                pc++;
                return mask != 0 || next();
            }
            case Instruction.BARRIER -> {
                if (m == 0) {
                    pc++;
                    return true;
                }
                if (m != mask) {
                    add(pc + 1, mask & ~m, READY);
                    mask = m;
                }
                if (in.barrier.arrive()) {
                    block.arrive(r[in.barrier.id()][Integer.numberOfTrailingZeros(m)], Integer.bitCount(m));
                    pc++;
                    return true;
                }
                park(AT_BARRIER);
                return next();
            }
            default -> {
                return together(in, m);
            }
        }
    }

    private boolean together(Instruction in, int m) {
        for (int rest = m; rest != 0; rest &= rest - 1) {
            int i = Integer.numberOfTrailingZeros(rest);
            int who = r[in.row][i] & lanes;
            if ((who >> i & 1) == 0) {
                throw fault(i, "is not among the members 0x" + Integer.toHexString(r[in.row][i]));
            }
            if ((who & exited) != 0) {
                throw fault(i, "waits for thread " + (first + Integer.numberOfTrailingZeros(who & exited)) + ", which has exited; members 0x" + Integer.toHexString(who));
            }
            if ((who & ~m) != 0) {
                // The others may be in code that the compiler put further down.
                park(INCOMPLETE);
                return next();
            }
        }
        if (m != 0) {
            in.op.run(this, m);
        }
        pc++;
        return true;
    }

    private void park(int state) {
        add(pc, mask, state);
        mask = 0;
    }

    private void add(int at, int who, int state) {
        for (int g = 0; g < groups; g++) {
            if (groupPc[g] == at && groupState[g] != AT_BARRIER && state != AT_BARRIER || groupPc[g] == at && groupState[g] == state) {
                // More have come: the group may be complete now.
                groupState[g] = state == AT_BARRIER ? AT_BARRIER : groupState[g] == INCOMPLETE && state == INCOMPLETE ? INCOMPLETE : READY;
                groupMask[g] |= who;
                limit();
                return;
            }
        }
        groupPc[groups] = at;
        groupMask[groups] = who;
        groupState[groups++] = state;
        limit();
    }

    private void limit() {
        limit = Integer.MAX_VALUE;
        for (int g = 0; g < groups; g++) {
            // An incomplete group behind waits for others to come; one ahead is joined when it is reached.
            if (groupState[g] == READY || groupState[g] == INCOMPLETE && groupPc[g] >= pc) {
                limit = Math.min(limit, groupPc[g]);
            }
        }
    }

    /** Takes up the lowest group that can run; false when there is none. */
    private boolean next() {
        int best = -1;
        for (int g = 0; g < groups; g++) {
            if (groupState[g] == READY && (best < 0 || groupPc[g] < groupPc[best])) {
                best = g;
            }
        }
        if (best < 0) {
            for (int g = 0; g < groups; g++) {
                if (groupState[g] == INCOMPLETE) {
                    throw incomplete(g);
                }
            }
            return false;
        }
        pc = groupPc[best];
        mask = groupMask[best];
        groups--;
        groupPc[best] = groupPc[groups];
        groupMask[best] = groupMask[groups];
        groupState[best] = groupState[groups];
        limit();
        return true;
    }

    private EmulatorFault incomplete(int g) {
        Instruction in = code[groupPc[g]];
        int i = Integer.numberOfTrailingZeros(groupMask[g]);
        int missing = Integer.numberOfTrailingZeros(r[in.row][i] & ~groupMask[g]);
        String where = (exited >> missing & 1) != 0 ? ", which has exited" : "";
        for (int k = 0; k < groups; k++) {
            if ((groupMask[k] >> missing & 1) != 0) {
                where = ", which waits at " + code[groupPc[k]].statement.source() + " (" + code[groupPc[k]].statement + ")";
            }
        }
        pc = groupPc[g];
        return fault(i, "waits for thread " + (first + missing) + where + "; members 0x" + Integer.toHexString(r[in.row][i]));
    }

    // ---- barriers of the block ----

    /** Lanes that wait at a barrier, by group. */
    int waiting() {
        return groups;
    }

    int waitingMask(int g) {
        return groupMask[g];
    }

    int waitingPc(int g) {
        return groupPc[g];
    }

    Instruction waitingAt(int g) {
        return code[groupPc[g]];
    }

    /** Lets a group go on after its barrier. */
    void release(int g) {
        groupPc[g]++;
        groupState[g] = READY;
        limit();
    }

    // ---- memory ----

    /** The memory that a lane's address lies in; a generic address becomes one of its space. */
    Space space(int code, long[] at, int lane) {
        switch (code) {
            case 0, 3:
                return global;
            case 1:
                return block.shared();
            case 2:
                return local;
            case 5:
                return block.parameters();
            default:
                long id = at[lane] >>> GlobalMemory.SHIFT;
                if (id < GlobalMemory.SHARED - 1) {
                    return global;
                }
                // Just below the window is below offset 0.
                boolean isShared = at[lane] < ((long) GlobalMemory.LOCAL << GlobalMemory.SHIFT) - (1L << GlobalMemory.SHIFT - 1);
                at[lane] -= (long) (isShared ? GlobalMemory.SHARED : GlobalMemory.LOCAL) << GlobalMemory.SHIFT;
                return isShared ? block.shared() : local;
        }
    }

    /** Counts the sectors of 32 bytes of a request to global memory. */
    void request(int code, long[] at, int m, int size) {
        if (code != 0) {
            return;
        }
        int n = 0;
        long last = -1;
        for (int rest = m; rest != 0; rest &= rest - 1) {
            long sector = at[Integer.numberOfTrailingZeros(rest)] >>> 5;
            n += sector != last ? 1 : 0;
            last = sector;
        }
        block.count(n, size * Integer.bitCount(m));
    }

    void beginStore() {
        block.shared().beginStore();
    }

    EmulatorFault fault(int lane, String what) {
        return block.fault(first + lane, code[pc].statement, what);
    }
}
