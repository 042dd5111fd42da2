package dev.langevin.engine;

import java.util.function.Supplier;

/**
 * Owns the tensors that are made while it is the innermost open scope of its thread, and frees them when it is
 * closed. Scopes nest: one for the parameters, inside it one for each training or sampling step. Not shared between
 * threads.
 *
 * <pre>{@code
 * try (Scope step = Scope.open(backend)) {
 *     Tensor loss = ...;        // freed with everything behind it at the closing brace
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {
    private final Backend backend;
    private final Scope parent;
    /** Where its tensors begin among those of the thread. */
    private final int first;
    private boolean closed;

    private Scope(Backend backend, Scope parent, int first) {
        this.backend = backend;
        this.parent = parent;
        this.first = first;
    }

    /** Opens a scope whose tensors live on {@code backend}. */
    public static Scope open(Backend backend) {
        ThreadState state = ThreadState.get();
        state.scope = new Scope(backend, state.scope, state.ownedCount);
        return state.scope;
    }

    /** Opens a scope on the backend of the enclosing one. */
    public static Scope open() {
        return open(current().backend);
    }

    /** The innermost open scope of this thread. */
    public static Scope current() {
        return ThreadState.get().scope();
    }

    /**
     * What {@code body} makes, without what it made on the way. While a gradient is being recorded the intermediate
     * tensors are still needed, so they stay with the enclosing scope.
     */
    public static Tensor tidy(Supplier<Tensor> body) {
        if (ThreadState.get().recording) {
            return body.get();
        }
        try (Scope scope = open()) {
            return scope.keep(body.get());
        }
    }

    public Backend backend() {
        return backend;
    }

    /** Hands a tensor of this scope to the enclosing scope; a tensor of another scope is left where it is. */
    public Tensor keep(Tensor tensor) {
        if (tensor.owner == this) {
            if (parent == null) {
                throw new LangevinException("keep: the outermost scope has none that encloses it");
            }
            tensor.owner = parent;
        }
        return tensor;
    }

    /** Frees the tensors of this scope; using one afterwards is an error that names its origin. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        ThreadState state = ThreadState.get();
        if (state.scope != this) {
            throw new LangevinException("scopes close in the order opposite to their opening, on the thread that opened them");
        }
        closed = true;
        state.scope = parent;
        state.free(first, this);
    }
}
