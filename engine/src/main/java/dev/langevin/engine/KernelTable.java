package dev.langevin.engine;

import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.Vjp;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A backend's table from op to kernel; adding a kernel adds one entry. An op is looked up by its own class, then by
 * the interfaces it implements, so that one entry can serve a family (all {@code Unary} ops, say) until a member gets
 * its own.
 */
public final class KernelTable {
    private final Map<Class<?>, Kernel<?>> forward = new HashMap<>();
    private final Map<Class<?>, Kernel<?>> backward = new HashMap<>();
    /** What was looked for before; null where there is none. */
    private final Map<Class<?>, Kernel<?>> found = new HashMap<>();

    /** Adds the kernel of an op, of a family of ops, or of an update. */
    public <O> KernelTable put(Class<O> op, Kernel<? super O> kernel) {
        forward.put(op, kernel);
        found.clear();
        return this;
    }

    /** Adds the kernel of a fused op's vector-Jacobian product; inputs and outputs as in {@link Vjp}. */
    public <F extends Fused> KernelTable putBackward(Class<F> op, Kernel<Vjp<F>> kernel) {
        backward.put(op, kernel);
        return this;
    }

    /** Replaces each kernel by what {@code wrapper} makes of it, so that what runs can be watched. */
    @SuppressWarnings("unchecked")
    public void wrap(UnaryOperator<Kernel<Object>> wrapper) {
        forward.replaceAll((op, kernel) -> wrapper.apply((Kernel<Object>) kernel));
        backward.replaceAll((op, kernel) -> wrapper.apply((Kernel<Object>) kernel));
        found.clear();
    }

    /** The kernel for {@code op}, or null when this backend has none. */
    @SuppressWarnings("unchecked")
    public <O> Kernel<O> find(O op) {
        if (op instanceof Vjp<?> vjp) {
            return (Kernel<O>) backward.get(vjp.forward().getClass());
        }
        Class<?> type = op.getClass();
        Kernel<?> kernel = found.get(type);
        if (kernel == null && !found.containsKey(type)) {
            kernel = forward.get(type);
            for (Class<?> family : type.getInterfaces()) {
                kernel = kernel == null ? forward.get(family) : kernel;
            }
            found.put(type, kernel);
        }
        return (Kernel<O>) kernel;
    }
}
