package dev.langevin.cli;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Attention;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dInput;
import dev.langevin.engine.op.Conv2dResidual;
import dev.langevin.engine.op.Conv2dWeight;
import dev.langevin.engine.op.Linear;
import dev.langevin.engine.op.MatMul;
import dev.langevin.engine.op.Op;
import dev.langevin.engine.op.Vjp;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.engine.update.Update;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What one call of a kernel has to do.
 *
 * @param op name of the op or update
 * @param shapes of its inputs and outputs, for people
 * @param flops multiplications and additions of the definition, padding counted; 0 for ops whose time goes into memory
 * @param bytes the least that must be moved: each input read once and each output written once, as float32
 */
public record OpWork(String op, String shapes, double flops, double bytes) {
    /** Adam's operands beyond this many are told by their number. */
    private static final int MOST_SHAPES = 6;
    /** Matrix products of 2 N T^2 C operations in attention's forward and backward pass. */
    private static final int ATTENTION_FORWARD = 2;
    private static final int ATTENTION_BACKWARD = 5;

    /** Of {@code op}, an {@link Op} or an {@link Update}, on these operands. */
    public static OpWork of(Object op, Tensor[] in, Tensor[] out) {
        boolean update = op instanceof Update;
        String shapes = in.length > MOST_SHAPES ? String.format("%d operands, %,d elements", in.length, elements(in))
                : update ? shapes(in) : (shapes(in) + " -> " + shapes(out)).strip();
        double moved = switch (op) {
            case AdamStep adam -> elements(in) + elements(Arrays.copyOf(in, 4 * adam.count()));
            case Update u -> elements(in);
            default -> elements(in) + elements(out);
        };
        return new OpWork(name(op), shapes, flops(op, in, out), Float.BYTES * moved);
    }

    private static String name(Object op) {
        return switch (op) {
            case MatMul m -> m.name() + " " + (m.transA() ? "t" : "n") + (m.transB() ? "t" : "n");
            case Op o -> o.name();
            case Update u -> u.name();
            default -> throw new IllegalArgumentException("neither an op nor an update: " + op);
        };
    }

    private static double flops(Object op, Tensor[] in, Tensor[] out) {
        return switch (op) {
            case Conv2d c -> 2.0 * out[0].size() * filter(in[1].shape());
            case Conv2dResidual c -> 2.0 * out[0].size() * filter(in[1].shape());
            case Conv2dInput c -> 2.0 * in[0].size() * filter(in[1].shape());
            case Conv2dWeight c -> 2.0 * in[1].size() * filter(out[0].shape());
            case Linear l -> 2.0 * out[0].size() * in[1].dim(1);
            case MatMul m -> 2.0 * out[0].size() * in[0].dim(m.transA() ? -2 : -1);
            case Attention a -> ATTENTION_FORWARD * product(in[0].shape());
            case Vjp<?> v when v.forward() instanceof Attention -> ATTENTION_BACKWARD * product(in[0].shape());
            default -> 0;
        };
    }

    /** Elements of the filter (O, kh, kw, I) of one output channel. */
    private static double filter(Shape w) {
        return w.product(1, 4);
    }

    /** 2 N T^2 C, for qkv (N, T, 3 C). */
    private static double product(Shape qkv) {
        return 2.0 * qkv.size() / 3 * qkv.dim(1);
    }

    private static long elements(Tensor[] tensors) {
        return Arrays.stream(tensors).mapToLong(t -> t == null ? 0 : t.size()).sum();
    }

    private static String shapes(Tensor[] tensors) {
        return Arrays.stream(tensors).map(t -> t == null ? "-" : t.rank() == 0 ? "1"
                : Arrays.stream(t.shape().dims()).mapToObj(Integer::toString).collect(Collectors.joining("x"))).collect(Collectors.joining(" "));
    }
}
