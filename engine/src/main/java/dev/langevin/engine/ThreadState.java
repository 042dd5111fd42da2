package dev.langevin.engine;

import java.util.Arrays;

/**
 * What the engine remembers for each thread: the innermost scope, whether ops are being recorded, and working arrays
 * that are kept, so that a step that was gone through before makes little garbage.
 */
final class ThreadState {
    private static final ThreadLocal<ThreadState> STATE = ThreadLocal.withInitial(ThreadState::new);
    private static final int FIRST_ROOM = 256;

    Scope scope;
    boolean recording = true;
    /** Numbers tensors in the order of their making. */
    long sequence;
    /** A walk that no call of {@link Autograd} is using; null while one is. */
    Autograd.Walk walk;
    /** An array for the only output of an op that no call of {@link Dispatch#single} is using; null while one is. */
    Tensor[] output;
    /** The tensors of all open scopes, those of the innermost last. */
    Tensor[] owned = new Tensor[FIRST_ROOM];
    int ownedCount;
    private Shape[][] shapes = new Shape[0][];
    private final Tensor[][] tensors = new Tensor[3][];

    static ThreadState get() {
        return STATE.get();
    }

    /** The innermost open scope. */
    Scope scope() {
        if (scope == null) {
            throw new LangevinException("no scope is open: wrap the code in try (Scope s = Scope.open(backend)) { ... }");
        }
        return scope;
    }

    void own(Tensor tensor) {
        if (ownedCount == owned.length) {
            owned = Arrays.copyOf(owned, 2 * ownedCount);
        }
        owned[ownedCount++] = tensor;
    }

    /** Frees the tensors from place {@code from} on that {@code owner} owns, but for those in {@code kept}. */
    void free(int from, Scope owner, Tensor... kept) {
        int left = from;
        for (int i = from; i < ownedCount; i++) {
            Tensor tensor = owned[i];
            if (tensor.owner == owner && !contains(kept, tensor)) {
                tensor.free();
            } else {
                owned[left++] = tensor;
            }
        }
        Arrays.fill(owned, left, ownedCount, null);
        ownedCount = left;
    }

    private static boolean contains(Tensor[] tensors, Tensor wanted) {
        for (Tensor t : tensors) {
            if (t == wanted) {
                return true;
            }
        }
        return false;
    }

    /** An array for the shapes of {@code length} operands; {@link #giveBack} when it has been read. */
    Shape[] lendShapes(int length) {
        if (length >= shapes.length) {
            shapes = Arrays.copyOf(shapes, length + 1);
        }
        Shape[] lent = shapes[length];
        shapes[length] = null;
        return lent != null ? lent : new Shape[length];
    }

    void giveBack(Shape[] lent) {
        shapes[lent.length] = lent;
    }

    /** An array for 1 or 2 inputs; {@link #giveBack} when it has been read. */
    Tensor[] lendTensors(int length) {
        Tensor[] lent = tensors[length];
        tensors[length] = null;
        return lent != null ? lent : new Tensor[length];
    }

    void giveBack(Tensor[] lent) {
        Arrays.fill(lent, null);
        tensors[lent.length] = lent;
    }
}
