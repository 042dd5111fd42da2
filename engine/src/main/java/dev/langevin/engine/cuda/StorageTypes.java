package dev.langevin.engine.cuda;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Op;
import dev.langevin.kernels.DType;

/** Which outputs of ops are stored as bfloat16 when that is asked for: activations and their gradients. */
final class StorageTypes {
    private final Precision precision;

    StorageTypes(Precision precision) {
        this.precision = precision;
    }

    DType of(Op op, Tensor[] in, int output) {
        return DType.F32;
    }
}
