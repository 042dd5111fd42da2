package dev.langevin.engine;

/** What the engine remembers for each thread: the innermost scope, and whether ops are being recorded. */
final class ThreadState {
    private static final ThreadLocal<ThreadState> STATE = ThreadLocal.withInitial(ThreadState::new);

    Scope scope;
    boolean recording = true;
    /** Numbers tensors and recorded ops in the order of their making. */
    long sequence;

    static ThreadState get() {
        return STATE.get();
    }
}
