package dev.langevin.engine;

/**
 * How one backend computes one op. Shapes were checked before; {@code out} is allocated with undefined contents and
 * must be written whole. An output that nobody needs (see {@link dev.langevin.engine.op.Vjp}) is null. Both arrays are lent
 * for the call, not to be kept.
 */
@FunctionalInterface
public interface Kernel<O> {
    void run(O op, Tensor[] in, Tensor[] out);
}
