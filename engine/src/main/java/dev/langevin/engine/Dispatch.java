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
        Scope scope = Scope.current();
        Shape[] shapes = op.shapes(shapes(op.name(), scope.backend(), in));
        boolean record = state.recording && anyRequiresGrad(in);
        Tensor[] out = new Tensor[shapes.length];
        if (op instanceof View) {
            out[0] = new Tensor(scope, shapes[0], in[0].storage(), op.name(), state.sequence++);
        } else {
            Kernel<Op> kernel = scope.backend().kernels().find(op);
            if (kernel == null) {
                return twin(op, scope.backend(), in);
            }
            for (int i = 0; i < out.length; i++) {
                if (shapes[i] != null) {
                    Storage storage = scope.backend().allocate(op, in, i, Math.max(1, shapes[i].size()));
                    out[i] = new Tensor(scope, shapes[i], storage, op.name(), state.sequence++);
                }
            }
            kernel.run(op, in, out);
        }
        if (record) {
            Node node = new Node(op, in, out, state.sequence++);
            for (Tensor t : out) {
                if (t != null) {
                    t.node = node;
                    t.requiresGrad = true;
                }
            }
        }
        return out;
    }

    /** Applies an update: the first operands of {@code update} are overwritten; nothing is recorded. */
    public static void apply(Update update, Tensor... operands) {
        Backend backend = Scope.current().backend();
        update.check(shapes(update.name(), backend, operands));
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

    static Tensor allocate(Scope scope, Shape shape, String origin, ThreadState state) {
        Storage storage = scope.backend().allocate(Math.max(1, shape.size()));
        return new Tensor(scope, shape, storage, origin, state.sequence++);
    }

    private static Tensor[] twin(Op op, Backend backend, Tensor[] in) {
        if (op instanceof Fused fused) {
            return fused.twin(in);
        }
        throw new LangevinException(op.name() + ": the " + backend.name() + " backend has no kernel for this primitive op");
    }

    private static Shape[] shapes(String name, Backend backend, Tensor[] in) {
        Shape[] shapes = new Shape[in.length];
        for (int i = 0; i < in.length; i++) {
            if (in[i] == null) {
                throw new LangevinException(name + ": input " + i + " is null");
            }
            if (in[i].storage().backend() != backend) {
                throw new LangevinException(name + ": input " + i + " lives on " + in[i].storage().backend().name()
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
