package dev.langevin.engine;

import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.Op;
import dev.langevin.engine.op.View;
import dev.langevin.engine.update.Update;

/** Runs an op or an update on the backend of the current scope, and records it where a gradient may be asked for. */
public final class Dispatch {
    private Dispatch() {
    }

    /** Applies {@code op}. */
    public static Tensor[] apply(Op op, Tensor... in) {
        return apply(ThreadState.get(), op, in, null);
    }

    /** Applies an op with one output; see {@link Op#apply}. */
    public static Tensor single(Op op, Tensor... in) {
        return single(ThreadState.get(), op, in);
    }

    /** As {@link #single(Op, Tensor...)}. */
    public static Tensor single(Op op, Tensor a) {
        ThreadState state = ThreadState.get();
        Tensor[] in = state.lendTensors(1);
        in[0] = a;
        return singleLent(state, op, in);
    }

    /** As {@link #single(Op, Tensor...)}. */
    public static Tensor single(Op op, Tensor a, Tensor b) {
        ThreadState state = ThreadState.get();
        Tensor[] in = state.lendTensors(2);
        in[0] = a;
        in[1] = b;
        return singleLent(state, op, in);
    }

    /** With inputs in an array that was lent: it is given back unless a node holds it from now on. */
    private static Tensor singleLent(ThreadState state, Op op, Tensor[] in) {
        boolean held = isRecorded(state, in);
        Tensor out = single(state, op, in);
        if (!held) {
            state.giveBack(in);
        }
        return out;
    }

    private static Tensor single(ThreadState state, Op op, Tensor[] in) {
        if (isRecorded(state, in)) {
            return apply(state, op, in, null)[0];
        }
        // Only the kernel sees the array, so that of the last such call serves again.
        Tensor[] lent = state.output != null ? state.output : new Tensor[1];
        state.output = null;
        Tensor out = apply(state, op, in, lent)[0];
        lent[0] = null;
        state.output = lent;
        return out;
    }

    /** @param lent where the output of an op with one goes; or null for a new array */
    private static Tensor[] apply(ThreadState state, Op op, Tensor[] in, Tensor[] lent) {
        Backend backend = state.scope().backend();
        Shape[] given = shapes(state.lendShapes(in.length), op, backend, in);
        Shape[] shapes = op.shapes(given);
        Tensor[] out = lent != null ? lent : new Tensor[shapes.length];
        if (op instanceof View) {
            out[0] = new Tensor(state, shapes[0], in[0].storage(), op);
            state.giveBack(given);
        } else {
            Kernel<Op> kernel = backend.kernels().find(op);
            if (kernel == null) {
                state.giveBack(given);
                return twin(op, backend, in);
            }
            for (int i = 0; i < out.length; i++) {
                if (shapes[i] != null) {
                    out[i] = new Tensor(state, shapes[i], backend.allocate(op, in, i, Math.max(1, shapes[i].size())), op);
                }
            }
            state.giveBack(given);
            kernel.run(op, in, out);
        }
        if (isRecorded(state, in)) {
            Node node = new Node(op, in, out);
            for (Tensor t : out) {
                if (t != null) {
                    t.node = node;
                }
            }
        }
        return out;
    }

    /** Applies an update: the first operands of {@code update} are overwritten; nothing is recorded. */
    public static void apply(Update update, Tensor... operands) {
        ThreadState state = ThreadState.get();
        Backend backend = state.scope().backend();
        Shape[] given = shapes(state.lendShapes(operands.length), update, backend, operands);
        update.check(given);
        state.giveBack(given);
        Kernel<Update> kernel = backend.kernels().find(update);
        if (kernel != null) {
            kernel.run(update, operands, operands);
            return;
        }
        Autograd.noGrad(() -> {
            try (Scope scope = Scope.open()) {
                Tensor[] values = update.twin(operands);
                for (int i = 0; i < values.length; i++) {
                    if (!values[i].shape().equals(operands[i].shape())) {
                        throw new ShapeException(update.name(), "new value " + i + " to keep its shape",
                                operands[i].shape(), values[i].shape());
                    }
                }
                for (int i = 0; i < values.length; i++) {
                    if (values[i].storage() == operands[i].storage()) {
                        continue;
                    }
                    backend.copy(operands[i].storage(), values[i].storage(), values[i].size());
                }
            }
            return null;
        });
    }

    private static Tensor[] twin(Op op, Backend backend, Tensor[] in) {
        if (op instanceof Fused fused) {
            return fused.twin(in);
        }
        throw new LangevinException(op.name() + ": the " + backend.name() + " backend has no kernel for this primitive op");
    }

    /** The shapes of {@code in}, written into {@code shapes}. */
    private static Shape[] shapes(Shape[] shapes, Named op, Backend backend, Tensor[] in) {
        for (int i = 0; i < in.length; i++) {
            if (in[i] == null) {
                throw new LangevinException(op.name() + ": input " + i + " is null");
            }
            if (in[i].storage().backend() != backend) {
                throw new LangevinException(op.name() + ": input " + i + " lives on " + in[i].storage().backend().name()
                        + ", the open scope is on " + backend.name() + "; copy it over with Tensor.of(shape, t.toArray())");
            }
            shapes[i] = in[i].shape();
        }
        return shapes;
    }

    private static boolean isRecorded(ThreadState state, Tensor[] in) {
        if (state.recording) {
            for (Tensor t : in) {
                if (t != null && t.requiresGrad()) {
                    return true;
                }
            }
        }
        return false;
    }
}
