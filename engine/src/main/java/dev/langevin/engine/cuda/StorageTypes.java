package dev.langevin.engine.cuda;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import dev.langevin.kernels.DType;
import java.util.Set;

/**
 * Which outputs of ops are stored as bfloat16 in {@link Precision#BF16}: activations and their gradients. All else is
 * float32: losses, sums, statistics, random numbers, and whatever has the shape of a weight. A kernel for an op that is
 * not named here has float32 outputs.
 */
final class StorageTypes {
    /** Products, which round their inputs to bfloat16 too; they begin each run of bfloat16. */
    private static final Set<Class<? extends Op>> PRODUCTS = Set.of(
            Conv2d.class, Conv2dInput.class, Conv2dResidual.class, Linear.class, MatMul.class);

    /** Stored as their inputs are: bfloat16 when all of them but scalars are. Squares and exponentials are for sums, hence float32. */
    private static final Set<Class<? extends Op>> FOLLOWING = Set.of(
            Permute.class, Slice.class, Pad.class, Concat.class, UpsampleNearest.class, SumPool.class, BroadcastTo.class,
            Add.class, Sub.class, Mul.class, Div.class, Greater.class, Affine.class,
            Silu.class, Relu.class, Sigmoid.class, Tanh.class, Dropout.class, Softmax.class);

    /** Stored as their first input: the image among scales, shifts and keys. */
    private static final Set<Class<? extends Op>> AS_FIRST = Set.of(
            Gather.class, GroupNorm.class, GroupNormSilu.class, ModulatedGroupNormSilu.class, Attention.class);

    /** Whose vector-Jacobian products store the gradient to an input as that input: activations' narrow, weights' wide. */
    private static final Set<Class<? extends Op>> GRADIENTS = Set.of(
            GroupNorm.class, GroupNormSilu.class, ModulatedGroupNormSilu.class, Attention.class, Silu.class, Dropout.class,
            ResidualError.class);

    private final Precision precision;

    StorageTypes(Precision precision) {
        this.precision = precision;
    }

    /**
     * The type of an output.
     *
     * @param in the op's inputs
     * @param output which output
     */
    DType of(Op op, Tensor[] in, int output) {
        if (precision != Precision.BF16) {
            return DType.F32;
        }
        boolean narrow;
        if (op instanceof Vjp<?> vjp) {
            narrow = GRADIENTS.contains(vjp.forward().getClass()) && type(in[output]) == DType.BF16;
        } else if (op instanceof MatMul m && m.transA() && !m.transB() && in[0].rank() == 2) {
            narrow = false; // the gradient to the weights of a linear layer
        } else {
            narrow = PRODUCTS.contains(op.getClass())
                    || FOLLOWING.contains(op.getClass()) && allNarrow(in)
                    || AS_FIRST.contains(op.getClass()) && type(in[0]) == DType.BF16;
        }
        return narrow ? DType.BF16 : DType.F32;
    }

    private static boolean allNarrow(Tensor[] in) {
        boolean any = false;
        for (Tensor t : in) {
            if (t.rank() > 0) {
                if (type(t) != DType.BF16) {
                    return false;
                }
                any = true;
            }
        }
        return any;
    }

    private static DType type(Tensor t) {
        return DeviceStorage.of(t).type;
    }
}
