package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.CpuBackend.data;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import java.util.Arrays;

/** The primitive ops as plain loops over double arrays. */
final class CpuMovement {
    private CpuMovement() {
    }

    static void put(KernelTable table) {
        table
                .put(BroadcastTo.class, CpuMovement::broadcast)
                .put(Permute.class, CpuMovement::permute)
                .put(Slice.class, (op, in, out) -> copyAxis(in[0], out[0], op.axis(), op.from(), 0, out[0].dim(op.axis())))
                .put(Pad.class, (op, in, out) -> {
                    Arrays.fill(data(out[0]), 0, out[0].size(), 0);
                    copyAxis(in[0], out[0], op.axis(), 0, op.before(), in[0].dim(op.axis()));
                })
                .put(Concat.class, CpuMovement::concat)
                .put(Gather.class, CpuMovement::gather)
                .put(ScatterAdd.class, CpuMovement::scatterAdd)
                .put(UpsampleNearest.class, (op, in, out) -> pixels(out[0], op.factor(), (big, small) ->
                        data(out[0])[big] = data(in[0])[small]))
                .put(SumPool.class, (op, in, out) -> {
                    Arrays.fill(data(out[0]), 0, out[0].size(), 0);
                    pixels(in[0], op.factor(), (big, small) -> data(out[0])[small] += data(in[0])[big]);
                });
    }

    private static void broadcast(BroadcastTo op, Tensor[] in, Tensor[] out) {
        int[] source = sourceIndex(in[0].shape(), out[0].shape());
        for (int i = 0; i < source.length; i++) {
            data(out[0])[i] = data(in[0])[source[i]];
        }
    }

    /** For each element of {@code target}, the element of a tensor of shape {@code source} that is read there. */
    private static int[] sourceIndex(Shape source, Shape target) {
        int[] strides = source.stridesIn(target);
        int[] index = new int[target.size()];
        for (int i = 0; i < index.length; i++) {
            int rest = i;
            for (int axis = target.rank() - 1; axis >= 0; axis--) {
                index[i] += rest % target.dim(axis) * strides[axis];
                rest /= target.dim(axis);
            }
        }
        return index;
    }

    private static void permute(Permute op, Tensor[] in, Tensor[] out) {
        Shape from = in[0].shape();
        int rank = from.rank();
        for (int i = 0; i < out[0].size(); i++) {
            int source = 0;
            int rest = i;
            for (int axis = rank - 1; axis >= 0; axis--) {
                int sourceAxis = op.axes()[axis];
                source += rest % out[0].dim(axis) * from.product(sourceAxis + 1, rank);
                rest /= out[0].dim(axis);
            }
            data(out[0])[i] = data(in[0])[source];
        }
    }

    /** Copies {@code length} entries along an axis, from {@code inAt} of one tensor to {@code outAt} of the other. */
    private static void copyAxis(Tensor in, Tensor out, int axis, int inAt, int outAt, int length) {
        int inner = in.shape().product(axis + 1, in.rank());
        int outer = in.shape().product(0, axis);
        for (int o = 0; o < outer; o++) {
            System.arraycopy(data(in), (o * in.dim(axis) + inAt) * inner, data(out), (o * out.dim(axis) + outAt) * inner, length * inner);
        }
    }

    private static void concat(Concat op, Tensor[] in, Tensor[] out) {
        int at = 0;
        for (Tensor part : in) {
            copyAxis(part, out[0], op.axis(), 0, at, part.dim(op.axis()));
            at += part.dim(op.axis());
        }
    }

    private static void gather(Gather op, Tensor[] in, Tensor[] out) {
        int width = in[0].dim(1);
        for (int i = 0; i < out[0].size(); i++) {
            data(out[0])[i] = data(in[0])[row(data(in[1])[i / width], in[0].dim(0)) * width + i % width];
        }
    }

    private static void scatterAdd(ScatterAdd op, Tensor[] in, Tensor[] out) {
        int width = out[0].dim(1);
        Arrays.fill(data(out[0]), 0, out[0].size(), 0);
        for (int i = 0; i < in[0].size(); i++) {
            data(out[0])[row(data(in[1])[i / width], op.rows()) * width + i % width] += data(in[0])[i];
        }
    }

    private static int row(float index, int rows) {
        int row = (int) index;
        if (row != index || row < 0 || row >= rows) {
            throw new LangevinException("gather: index " + index + " is not a whole number in [0, " + rows + ")");
        }
        return row;
    }

    private interface PixelPair {
        void accept(int big, int small);
    }

    /** Pairs each element of the big image tensor with the one it comes from in the image {@code factor} times smaller. */
    private static void pixels(Tensor big, int factor, PixelPair pair) {
        int h = big.dim(1);
        int w = big.dim(2);
        int c = big.dim(3);
        for (int i = 0; i < big.size(); i++) {
            int n = i / (h * w * c);
            int y = i / (w * c) % h / factor;
            int x = i / c % w / factor;
            pair.accept(i, ((n * (h / factor) + y) * (w / factor) + x) * c + i % c);
        }
    }
}
