package dev.langevin.kernels.emulator;

/** One instruction, decoded. */
final class Instruction {
    /** What the scheduler does with it; only {@link #PLAIN} and {@link #TOGETHER} have an op. */
    static final int PLAIN = 0;
    static final int BRANCH = 1;
    static final int EXIT = 2;
    static final int BARRIER = 3;
    /** Needs the lanes that its member mask names. */
    static final int TOGETHER = 4;
    static final int INDEXED_BRANCH = 5;

    final Statement statement;
    final int kind;
    Op op;
    int guard = -1;
    boolean negated;
    /** Of a branch. */
    int target;
    int[] targets;
    /** Int row: of an indexed branch's index, or of the member mask. */
    int row = -1;
    Barrier barrier;

    /**
     * A barrier of the block.
     *
     * @param id int row of its number
     * @param threads int row of how many threads meet, or -1 for all
     * @param aligned whether all threads of a warp must be at the same instruction
     * @param arrive whether threads go on without waiting
     * @param reduction {@code popc}, {@code and}, {@code or}, or null
     * @param source predicate row that is reduced
     * @param negated whether its opposite is
     * @param target row of the result: int for popc, else predicate
     */
    record Barrier(int id, int threads, boolean aligned, boolean arrive, String reduction, int source, boolean negated, int target) {
    }

    Instruction(Statement statement, int kind, Op op) {
        this.statement = statement;
        this.kind = kind;
        this.op = op;
    }
}
