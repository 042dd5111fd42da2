package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.CpuBackend.data;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.BroadcastTo;
import dev.langevin.engine.op.Concat;
import dev.langevin.engine.op.Gather;
import dev.langevin.engine.op.Pad;
import dev.langevin.engine.op.Permute;
import dev.langevin.engine.op.ScatterAdd;
import dev.langevin.engine.op.Slice;
import dev.langevin.engine.op.SumPool;
import dev.langevin.engine.op.UpsampleNearest;

/** The part of {@link CpuKernels}' table that moves elements without computing. */
final class CpuMovements {
    private static final float[] ONE = {1};

    private CpuMovements() {
    }

    static void put(KernelTable table) {
        table.put(BroadcastTo.class, (op, in, out) -> stretch(out[0], out[0].shape().dims(), in[0], in[0].shape().stridesIn(out[0].shape())))
                .put(Permute.class, (op, in, out) -> CopyCpu.permute(data(out[0]), data(in[0]), in[0].shape().dims(), op.axes()))
                .put(Slice.class, (op, in, out) -> CopyCpu.slice(data(out[0]), data(in[0]), outer(in[0], op.axis()),
                        in[0].dim(op.axis()), inner(in[0], op.axis()), op.from(), op.to()))
                .put(Pad.class, (op, in, out) -> CopyCpu.pad(data(out[0]), data(in[0]), outer(in[0], op.axis()),
                        in[0].dim(op.axis()), inner(in[0], op.axis()), op.before(), op.after()))
                .put(Concat.class, CpuMovements::concat)
                .put(Gather.class, (op, in, out) -> CopyCpu.gather(data(out[0]), data(in[0]),
                        indices(in[1], in[0].dim(0)), in[1].size(), in[0].dim(1)))
                .put(ScatterAdd.class, (op, in, out) -> CopyCpu.scatterAdd(data(out[0]), op.rows(), data(in[0]),
                        indices(in[1], op.rows()), in[1].size(), out[0].dim(1)))
                .put(UpsampleNearest.class, CpuMovements::upsample)
                .put(SumPool.class, CpuMovements::sumPool);
    }

    private static int outer(Tensor t, int axis) {
        return t.shape().product(0, axis);
    }

    private static int inner(Tensor t, int axis) {
        return t.shape().product(axis + 1, t.rank());
    }

    /** Reads {@code in} with strides, 0 where it is stretched; a product with 1 keeps every bit. */
    private static void stretch(Tensor out, int[] dims, Tensor in, int[] strides) {
        BinaryCpu.binary(BinaryOp.MUL, data(out), dims, data(in), strides, ONE, new int[dims.length]);
    }

    private static void concat(Concat op, Tensor[] in, Tensor[] out) {
        float[][] parts = new float[in.length][];
        int[] lengths = new int[in.length];
        for (int i = 0; i < in.length; i++) {
            parts[i] = data(in[i]);
            lengths[i] = in[i].dim(op.axis());
        }
        CopyCpu.concat(data(out[0]), parts, lengths, outer(in[0], op.axis()), inner(in[0], op.axis()));
    }

    private static int[] indices(Tensor indices, int rows) {
        float[] values = data(indices);
        int[] result = new int[indices.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = (int) values[i];
            if (result[i] != values[i] || result[i] < 0 || result[i] >= rows) {
                throw new LangevinException("gather: index " + values[i] + " is not a whole number in [0, " + rows + ")");
            }
        }
        return result;
    }

    private static void upsample(UpsampleNearest op, Tensor[] in, Tensor[] out) {
        Shape s = in[0].shape();
        int f = op.factor();
        if (f == 2) {
            CopyCpu.upsample2(data(out[0]), data(in[0]), s.dim(0), s.dim(1), s.dim(2), s.dim(3));
        } else {
            stretch(out[0], new int[] {s.dim(0) * s.dim(1), f, s.dim(2), f, s.dim(3)}, in[0],
                    new int[] {s.dim(2) * s.dim(3), 0, s.dim(3), 0, 1});
        }
    }

    private static void sumPool(SumPool op, Tensor[] in, Tensor[] out) {
        Shape s = out[0].shape();
        int f = op.factor();
        if (f == 2) {
            CopyCpu.upsample2Backward(data(out[0]), data(in[0]), s.dim(0), s.dim(1), s.dim(2), s.dim(3));
        } else {
            ReduceCpu.sum(data(out[0]), Shape.of(s.dim(0) * s.dim(1), 1, s.dim(2), 1, s.dim(3)),
                    data(in[0]), Shape.of(s.dim(0) * s.dim(1), f, s.dim(2), f, s.dim(3)));
        }
    }
}
