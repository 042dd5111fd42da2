package dev.langevin.engine;

import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.Op;
import dev.langevin.engine.op.View;
import dev.langevin.engine.update.Update;

/** Runs an op or an update on the backend of the current scope, and records it where a gradient may be asked for. */
public final class Dispatch {
    private Dispatch() {
    }

    /** Applies {@code op}; see {@link Op#apply}. */
    public static Tensor[] apply(Op op, Tensor... in) {
        ThreadState state = ThreadState.get();
        Backend backend = state.scope().backend();
        Shape[] lent = shapes(state.lend(in.length), op, backend, in);
        Shape[] shapes = op.shapes(lent);
        Tensor[] out = new Tensor[shapes.length];
        if (op instanceof View) {
            out[0] = new Tensor(state, shapes[0], in[0].storage(), op);
            state.giveBack(lent);
        } else {
            Kernel<Op> kernel = backend.kernels().find(op);
            if (kernel == null) {
                state.giveBack(lent);
                return twin(op, backend, in);
            }
            for (int i = 0; i < out.length; i++) {
                if (shapes[i] != null) {
                    out[i] = new Tensor(state, shapes[i], backend.allocate(op, in, i, Math.max(1, shapes[i].size())), op);
                }
            }
            state.giveBack(lent);
            kernel.run(op, in, out);
        }
        if (state.recording && anyRequiresGrad(in)) {
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
        Shape[] lent = shapes(state.lend(operands.length), update, backend, operands);
        update.check(lent);
        state.giveBack(lent);
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

    private static boolean anyRequiresGrad(Tensor[] in) {
        for (Tensor t : in) {
            if (t.requiresGrad()) {
                return true;
            }
        }
        return false;
    }
}
