package dev.langevin.engine.op;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Tensor;

/**
 * An op that has an unfused twin made of other ops. The twin is the meaning: it runs where a backend has no kernel, it
 * gives the gradients of every order, and each kernel is tested against it.
 */
public interface Fused extends Op {
    /** The same function, written with other ops. */
    Tensor[] twin(Tensor... in);

    /** Not called: a fused op gives all its gradients at once, by {@link Vjp}. */
    @Override
    default Tensor gradient(int i, GradientContext c) {
        return gradients(c)[i];
    }

    /** The vector-Jacobian product as an op of its own, so that a backend can have a kernel for it. */
    @Override
    default Tensor[] gradients(GradientContext c) {
        Tensor[] in = new Tensor[c.inputs() + 1];
        int needs = 0;
        for (int i = 0; i < c.inputs(); i++) {
            in[i] = c.in(i);
            needs |= c.needs(i) ? 1 << i : 0;
        }
        in[c.inputs()] = c.dout();
        return Dispatch.apply(new Vjp<>(this, needs), in);
    }
}
