package dev.langevin.kernels.emulator;

import dev.langevin.kernels.Grid;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Runs blocks of a launch, one after another. */
final class Block {
    private Launched launch;
    private final Program program;
    private final int threads;
    private final int sharedBytes;
    private final Warp[] warps;
    private final SharedSpace shared;
    private ParameterSpace parameters;
    private final Map<Integer, Integer> arrived = new HashMap<>();
    private long index;

    /** Marks what this launch, and this block of it, wrote. */
    long launchStamp;
    long stamp;
    /** Whether the block has met an atomic operation on global memory, so that it may see what others wrote. */
    boolean ordered;

    long instructions;
    long requests;
    long sectors;
    long bytes;

    Block(Program program, Grid grid, GlobalMemory memory) {
        this.program = program;
        threads = grid.block();
        sharedBytes = grid.shared();
        shared = new SharedSpace((int) program.variables.dynamicOffset() + grid.shared(), program.sharedGrain);
        warps = new Warp[(threads + 31) / 32];
        for (int i = 0; i < warps.length; i++) {
            warps[i] = new Warp(this, program, 32 * i, memory);
        }
    }

    /** Whether blocks of a grid have as many threads and as much memory as this one. */
    boolean fits(Grid grid) {
        return grid.block() == threads && grid.shared() == sharedBytes;
    }

    /** Begins a launch. */
    void begin(Launched launched) {
        launch = launched;
        launchStamp = launched.number();
        parameters = new ParameterSpace(launched.arguments());
        instructions = 0;
        requests = 0;
        sectors = 0;
        bytes = 0;
    }

    int threads() {
        return threads;
    }

    long budget() {
        return launch.budget();
    }

    ParameterSpace parameters() {
        return parameters;
    }

    SharedSpace shared() {
        return shared;
    }

    void run(long block) {
        index = block;
        stamp = launchStamp << 32 | block;
        ordered = false;
        shared.begin();
        arrived.clear();
        for (Warp w : warps) {
            w.begin();
        }
        for (;;) {
            boolean all = true;
            for (Warp w : warps) {
                if (!w.done()) {
                    w.run();
                    all &= w.done();
                }
            }
            if (all) {
                return;
            }
            meet();
        }
    }

    // ---- barriers ----

    /** Threads pass a barrier without waiting. */
    void arrive(int id, int threads) {
        arrived.merge(id, threads, Integer::sum);
    }

    /** All warps wait or are done: opens the barriers where enough threads wait. */
    private void meet() {
        Map<Integer, Integer> counts = new HashMap<>(arrived);
        Map<Integer, Integer> wanted = new HashMap<>();
        Map<Integer, Integer> place = new HashMap<>();
        for (Warp w : warps) {
            for (int g = 0; g < w.waiting(); g++) {
                Instruction in = w.waitingAt(g);
                int lane = Integer.numberOfTrailingZeros(w.waitingMask(g));
                int id = w.r[in.barrier.id()][lane];
                counts.merge(id, Integer.bitCount(w.waitingMask(g)), Integer::sum);
                wanted.putIfAbsent(id, in.barrier.threads() < 0 ? threads() : w.r[in.barrier.threads()][lane]);
                int pc = w.waitingPc(g);
                if (in.barrier.aligned() && place.merge(id, pc, (x, y) -> x) != pc) {
                    Statement other = program.code[place.get(id)].statement;
                    throw fault(w.first + lane, in.statement, "is reached while other threads of the block wait at another barrier, " + other.source() + " (" + other + ", PTX line " + other.line() + ")");
                }
            }
        }
        boolean any = false;
        for (Map.Entry<Integer, Integer> e : wanted.entrySet()) {
            if (counts.get(e.getKey()).equals(e.getValue())) {
                open(e.getKey());
                any = true;
            }
        }
        if (!any) {
            throw stuck(counts, wanted);
        }
    }

    private void open(int id) {
        arrived.remove(id);
        int yes = 0;
        int all = 0;
        for (Warp w : warps) {
            for (int g = 0; g < w.waiting(); g++) {
                Instruction in = w.waitingAt(g);
                if (waits(w, g, id) && in.barrier.reduction() != null) {
                    int mask = w.waitingMask(g);
                    yes += Integer.bitCount((in.barrier.negated() ? ~w.p[in.barrier.source()] : w.p[in.barrier.source()]) & mask);
                    all += Integer.bitCount(mask);
                }
            }
        }
        for (Warp w : warps) {
            for (int g = 0; g < w.waiting(); g++) {
                if (waits(w, g, id)) {
                    reduce(w, w.waitingAt(g), w.waitingMask(g), yes, all);
                    w.release(g);
                }
            }
        }
        shared.barrier();
    }

    private static boolean waits(Warp w, int g, int id) {
        Instruction in = w.waitingAt(g);
        return in.kind == Instruction.BARRIER && w.r[in.barrier.id()][Integer.numberOfTrailingZeros(w.waitingMask(g))] == id;
    }

    private static void reduce(Warp w, Instruction in, int mask, int yes, int all) {
        if (in.barrier.reduction() == null) {
            return;
        }
        if (in.barrier.reduction().equals("popc")) {
            for (int m = mask; m != 0; m &= m - 1) {
                w.r[in.barrier.target()][Integer.numberOfTrailingZeros(m)] = yes;
            }
            return;
        }
        boolean holds = in.barrier.reduction().equals("and") ? yes == all : yes > 0;
        int t = in.barrier.target();
        w.p[t] = holds ? w.p[t] | mask : w.p[t] & ~mask;
    }

    private EmulatorFault stuck(Map<Integer, Integer> counts, Map<Integer, Integer> wanted) {
        int exited = 0;
        Warp some = null;
        for (Warp w : warps) {
            exited += w.exited();
            some = some == null && w.waiting() > 0 ? w : some;
        }
        int lane = Integer.numberOfTrailingZeros(some.waitingMask(0));
        Instruction in = some.waitingAt(0);
        int id = some.r[in.barrier.id()][lane];
        return fault(some.first + lane, in.statement, "is reached by " + counts.get(id) + " of " + wanted.get(id) + " threads; "
                + exited + " threads of the block have exited, " + (threads() - exited - counts.get(id)) + " wait elsewhere");
    }

    // ---- what the warps ask ----

    /** A parameter's bits. */
    long parameter(int offset, int size) {
        return switch (size) {
            case 1 -> launch.arguments().get(offset);
            case 2 -> launch.arguments().getShort(offset);
            case 4 -> launch.arguments().getInt(offset);
            default -> launch.arguments().getLong(offset);
        };
    }

    /** Values of a special register in the lanes of a warp. */
    void special(String name, int first, int[] row) {
        Grid g = launch.grid();
        switch (name) {
            case "%tid.x" -> Arrays.setAll(row, i -> first + i);
            case "%laneid" -> Arrays.setAll(row, i -> i);
            case "%lanemask_eq" -> Arrays.setAll(row, i -> 1 << i);
            case "%lanemask_lt" -> Arrays.setAll(row, i -> (1 << i) - 1);
            case "%lanemask_le" -> Arrays.setAll(row, i -> 1 << i | (1 << i) - 1);
            case "%lanemask_gt" -> Arrays.setAll(row, i -> -1 << i << 1);
            case "%lanemask_ge" -> Arrays.setAll(row, i -> -1 << i);
            default -> Arrays.fill(row, switch (name) {
                case "%tid.y", "%tid.z", "%smid" -> 0;
                case "%ntid.x" -> g.block();
                case "%ntid.y", "%ntid.z" -> 1;
                case "%ctaid.x" -> (int) (index % g.x());
                case "%ctaid.y" -> (int) (index / g.x() % g.y());
                case "%ctaid.z" -> (int) (index / g.x() / g.y());
                case "%nctaid.x" -> g.x();
                case "%nctaid.y" -> g.y();
                case "%nctaid.z" -> g.z();
                case "%warpid" -> first / 32;
                case "%nwarpid" -> warps.length;
                case "%nsmid" -> EmulatorRuntime.MULTIPROCESSORS;
                default -> throw new IllegalArgumentException(name);
            });
        }
    }

    void count(long threadInstructions) {
        instructions += threadInstructions;
    }

    /** A request of a warp to global memory. */
    void count(int sectorsTouched, int bytesAsked) {
        requests++;
        sectors += sectorsTouched;
        bytes += bytesAsked;
    }

    EmulatorFault fault(int thread, Statement s, String what) {
        Grid g = launch.grid();
        String block = g.y() == 1 && g.z() == 1 ? Long.toString(index)
                : "(" + index % g.x() + ", " + index / g.x() % g.y() + ", " + index / g.x() / g.y() + ")";
        return new EmulatorFault("kernel " + program.kernel + ", " + s.source() + ", block " + block + ", thread " + thread + ": "
                + s + " (PTX line " + s.line() + ") " + what);
    }
}
