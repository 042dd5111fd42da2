package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.emulator.Instruction.Barrier;
import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.ArrayList;
import java.util.List;

/** A kernel, decoded once. */
final class Program {
    final Kernel kernel;
    final Instruction[] code;
    final Layout layout;
    final Variables variables;
    /** Whether blocks see each other through atomic operations, so that they must run in a fixed order. */
    final boolean atomics;
    /** Registers whose lanes are followed, since they may be read before they are written. */
    final int followed;
    /** Bytes of the smallest access to shared memory. */
    final int sharedGrain;
    private final List<Block> idle = new ArrayList<>();

    Program(Kernel kernel, PtxText.Entry entry, Variables module, GlobalMemory memory) {
        this.kernel = kernel;
        variables = new Variables(module, entry.variables, memory);
        layout = new Layout(entry, kernel, variables);
        code = new Instruction[entry.statements.size() + 1];
        boolean found = false;
        int grain = 4;
        for (int i = 0; i < entry.statements.size(); i++) {
            Statement s = entry.statements.get(i);
            code[i] = decode(s, entry);
            found |= (s.base().equals("atom") || s.base().equals("red")) && !s.has("shared");
            if ((s.base().equals("ld") || s.base().equals("st")) && !s.has("global") && !s.has("param") && s.bits() < 32) {
                grain = Math.min(grain, s.bits() / 8);
            }
        }
        Statement end = new Statement(null, false, new String[] {"exit"}, new String[0], entry.scope, 0, "end");
        code[code.length - 1] = new Instruction(end, Instruction.EXIT, null);
        followed = Assignment.check(code, layout.scope());
        atomics = found;
        sharedGrain = grain;
    }

    private Instruction decode(Statement s, PtxText.Entry entry) {
        Modifiers.check(s);
        Operands o = new Operands(s, layout);
        Instruction in = switch (s.base()) {
            case "bra" -> {
                Instruction b = new Instruction(s, Instruction.BRANCH, null);
                b.target = label(s, entry, s.operand(0));
                yield b;
            }
            case "brx" -> {
                Instruction b = new Instruction(s, Instruction.INDEXED_BRANCH, null);
                b.row = o.intSource(0);
                String[] names = entry.tables.get(s.operand(1));
                if (names == null) {
                    throw s.error("there is no table " + s.operand(1));
                }
                b.targets = new int[names.length];
                for (int i = 0; i < names.length; i++) {
                    b.targets[i] = label(s, entry, names[i]);
                }
                yield b;
            }
            case "ret", "exit" -> new Instruction(s, Instruction.EXIT, null);
            case "trap" -> new Instruction(s, Instruction.PLAIN, (w, mask) -> {
                throw w.fault(Integer.numberOfTrailingZeros(mask), "stops the kernel");
            });
            case "bar", "barrier" -> s.has("warp") ? plain(s, o) : barrier(s, o);
            default -> plain(s, o);
        };
        if (s.guard() != null) {
            in.guard = o.predicate(s.guard());
            in.negated = s.negated();
        }
        return in;
    }

    private static int label(Statement s, PtxText.Entry entry, String name) {
        Integer at = entry.labels.get(name);
        if (at == null) {
            throw s.error("there is no label " + name);
        }
        return at;
    }

    private static Instruction plain(Statement s, Operands o) {
        Op op = null;
        try {
            op = CompareOps.decode(s, o);
            op = op != null ? op : MoveOps.decode(s, o);
            op = op != null ? op : MemoryOps.decode(s, o);
            op = op != null ? op : FloatOps.decode(s, o);
            op = op != null ? op : IntOps.decode(s, o);
            op = op != null ? op : LongOps.decode(s, o);
            op = op != null ? op : ConvertOps.decode(s, o);
            op = op != null ? op : WarpOps.decode(s, o);
            op = op != null ? op : AtomicOps.decode(s, o);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw s.error("is not understood: " + e.getMessage());
        }
        if (op == null) {
            throw s.error("the emulator does not know this instruction");
        }
        int members = WarpOps.members(s, o);
        Instruction in = new Instruction(s, members < 0 ? Instruction.PLAIN : Instruction.TOGETHER, o.complete(op));
        in.row = members;
        return in;
    }

    /** {@code bar.sync a, b}, {@code barrier.sync}, {@code bar.arrive}, {@code bar.red.popc.u32 d, a, b, p}. */
    private static Instruction barrier(Statement s, Operands o) {
        Instruction in = new Instruction(s, Instruction.BARRIER, null);
        boolean aligned = s.base().equals("bar") || s.has("aligned");
        if (!s.has("red")) {
            int threads = s.operands().length > 1 ? o.intSource(1) : -1;
            in.barrier = new Barrier(o.intSource(0), threads, aligned, s.has("arrive"), null, -1, false, -1);
            return in;
        }
        String last = s.operand(s.operands().length - 1);
        boolean negated = last.startsWith("!");
        boolean popc = s.has("popc");
        int threads = s.operands().length > 3 ? o.intSource(2) : -1;
        in.barrier = new Barrier(o.intSource(1), threads, aligned, false, popc ? "popc" : s.has("and") ? "and" : "or",
                o.predicate(last.substring(negated ? 1 : 0)), negated, popc ? o.intTarget(0) : o.predicate(s.operand(0)));
        return in;
    }

    /** Registers and shared memory for the blocks of a grid, of an earlier launch where there are some. */
    Block block(Grid grid, GlobalMemory memory) {
        for (int i = 0; i < idle.size(); i++) {
            if (idle.get(i).fits(grid)) {
                return idle.remove(i);
            }
        }
        idle.clear();
        return new Block(this, grid, memory);
    }

    /** Keeps a block's registers for another launch. */
    void idle(Block block) {
        idle.add(block);
    }

    int rows(Bank bank) {
        return layout.scope().count(bank);
    }

    /** Refuses a launch that a device would refuse. */
    void check(Grid grid) {
        String what = null;
        if (grid.x() < 1 || grid.y() < 1 || grid.z() < 1 || grid.y() > 65535 || grid.z() > 65535) {
            what = "a grid of " + grid.x() + " x " + grid.y() + " x " + grid.z() + " blocks";
        } else if (grid.block() < 1 || grid.block() > 1024) {
            what = grid.block() + " threads a block";
        } else if (kernel.maxThreads() > 0 && grid.block() > kernel.maxThreads()) {
            what = grid.block() + " threads a block, its launch bounds say " + kernel.maxThreads();
        } else if (grid.shared() < 0 || variables.dynamicOffset() + grid.shared() > EmulatorRuntime.SHARED_BYTES) {
            what = (variables.dynamicOffset() + grid.shared()) + " bytes of shared memory, there are " + EmulatorRuntime.SHARED_BYTES;
        }
        if (what != null) {
            throw new CudaException("kernel " + kernel + " is launched with " + what);
        }
    }
}
