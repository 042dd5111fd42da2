package dev.langevin.engine;

/**
 * The memory behind one or more tensors: {@code size} elements that belong to a backend's pool. Counted: every tensor
 * over it holds one reference, and the last to go gives the memory back to the pool.
 */
public abstract class Storage {
    private final Backend backend;
    private final int size;
    private int references;

    protected Storage(Backend backend, int size) {
        this.backend = backend;
        this.size = size;
    }

    public final Backend backend() {
        return backend;
    }

    /** Elements that fit; a tensor over this storage may use fewer. */
    public final int size() {
        return size;
    }

    /** Called after an update has overwritten the content: what a backend has derived from it no longer holds. */
    protected void overwritten() {
    }

    final void retain() {
        references++;
    }

    final void release() {
        if (--references == 0) {
            backend.recycle(this);
        }
    }
}
