package dev.langevin.engine.op;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Named;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/**
 * A pure function of tensors: a record of its hyper-parameters, with its shape rule and its gradient rule. How it is
 * computed is the backend's matter ({@link dev.langevin.engine.KernelTable}), or, for a {@link Fused} op, also its
 * twin's.
 */
public interface Op extends Named {
    /**
     * Checks the inputs' shapes and gives those of the outputs; called before any work.
     *
     * @param in lent for the call: it may be returned, but not be kept
     * @throws dev.langevin.engine.ShapeException naming the op, what it takes and what came
     */
    Shape[] shapes(Shape... in);

    /** Gradient to input i, made with engine ops; null where it is zero everywhere it exists. */
    Tensor gradient(int i, GradientContext c);

    /** Gradients to all inputs that are needed; null elsewhere. */
    default Tensor[] gradients(GradientContext c) {
        Tensor[] din = new Tensor[c.inputs()];
        for (int i = 0; i < din.length; i++) {
            if (c.needs(i)) {
                din[i] = gradient(i, c);
            }
        }
        return din;
    }

    /** Applies an op with one output. */
    default Tensor apply(Tensor... in) {
        return Dispatch.single(this, in);
    }

    /** As {@link #apply(Tensor...)}, for one input. */
    default Tensor apply(Tensor a) {
        return Dispatch.single(this, a);
    }

    /** As {@link #apply(Tensor...)}, for two inputs. */
    default Tensor apply(Tensor a, Tensor b) {
        return Dispatch.single(this, a, b);
    }
}
