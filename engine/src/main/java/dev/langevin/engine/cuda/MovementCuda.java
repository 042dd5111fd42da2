package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.PermutePlan.Axis;
import dev.langevin.engine.op.Concat;
import dev.langevin.engine.op.Gather;
import dev.langevin.engine.op.Pad;
import dev.langevin.engine.op.Permute;
import dev.langevin.engine.op.ScatterAdd;
import dev.langevin.engine.op.Slice;
import dev.langevin.engine.op.SumPool;
import dev.langevin.engine.op.UpsampleNearest;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of {@link CudaKernels}' table that moves elements ({@code movement.cu}). What only copies works on units of
 * 16, 4 or 2 bytes, the widest that divides every run. Outputs are stored as the inputs are, float32 where these differ;
 * {@link ScatterAdd} adds float32 to float32.
 */
final class MovementCuda {
    private static final int WIDE = 16;
    private static final int TILE = 32;
    /** Matrices narrower than this leave most of a tile idle. */
    private static final int LEAST_TILED = 12;
    private static final int NAN_F32 = 0x7fc00000;
    private static final int NAN_BF16 = 0x7fc07fc0;

    private final CudaBackend cuda;

    private MovementCuda(CudaBackend cuda) {
        this.cuda = cuda;
    }

    static void put(KernelTable table, CudaBackend cuda) {
        MovementCuda kernels = new MovementCuda(cuda);
        table.put(Permute.class, (op, in, out) -> kernels.permute(op, in[0], out[0]))
                .put(Slice.class, (op, in, out) -> kernels.slice(op, in[0], out[0]))
                .put(Pad.class, (op, in, out) -> kernels.pad(op, in[0], out[0]))
                .put(Concat.class, (op, in, out) -> kernels.concat(op, in, out[0]))
                .put(UpsampleNearest.class, (op, in, out) -> kernels.upsample(op, in[0], out[0]))
                .put(SumPool.class, (op, in, out) -> kernels.sumPool(op, in[0], out[0]))
                .put(Gather.class, (op, in, out) -> kernels.gather(in[0], in[1], out[0]))
                .put(ScatterAdd.class, (op, in, out) -> kernels.scatterAdd(op, in[0], in[1], out[0]));
    }

    private static DType type(Tensor t) {
        return DeviceStorage.of(t).type;
    }

    /** Bytes of the widest unit that divides runs of {@code elements} elements of {@code out}'s type, and the tensors' addresses. */
    private static int unit(Tensor in, Tensor out, int... elements) {
        int bytes = type(out).bytes();
        long all = DeviceStorage.of(out).address | (type(in) == type(out) ? DeviceStorage.of(in).address : 0);
        for (int e : elements) {
            all |= (long) e * bytes;
        }
        return all % WIDE == 0 ? WIDE : all % 4 == 0 ? 4 : bytes;
    }

    private static ByteBuffer divisor(int d) {
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        Axes.divisor(bytes, d);
        return bytes.flip();
    }

    private static int inner(Tensor t, int axis) {
        return t.shape().product(axis + 1, t.rank());
    }

    private void permute(Permute op, Tensor in, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        PermutePlan plan = PermutePlan.of(in.shape(), op.axes());
        if (plan.identity()) {
            cuda.copy(out.storage(), in.storage(), out.size());
            return;
        }
        int bytes = type(out).bytes();
        Axis cols = plan.lastOfInput();
        Axis rows = plan.axes().getLast();
        if (!plan.keepsLast() && rows.length() >= LEAST_TILED && cols.length() >= LEAST_TILED) {
            List<Axis> batch = new ArrayList<>(plan.axes());
            batch.remove(rows);
            batch.remove(cols);
            int across = (cols.length() + TILE - 1) / TILE;
            int down = (rows.length() + TILE - 1) / TILE;
            int blocks = across * down * (out.size() / (rows.length() * cols.length()));
            cuda.launch("transpose_" + bytes).raw(out).as(type(out), in).int32(rows.length()).int32(cols.length()).int32(rows.in())
                    .int32(cols.out()).struct(divisor(across)).struct(divisor(down)).struct(PermutePlan.struct(batch, 1))
                    .run(Grid.of(blocks, 256));
            return;
        }
        int unit = plan.keepsLast() ? unit(in, out, rows.length()) : bytes;
        int n = out.size() / (unit / bytes);
        cuda.launch("permute_" + unit).raw(out).as(type(out), in).int32(n).struct(PermutePlan.struct(plan.axes(), unit / bytes)).over(n, 1);
    }

    private void slice(Slice op, Tensor in, Tensor out) {
        int inner = inner(in, op.axis());
        copyRows(out, in, (op.to() - op.from()) * inner, (op.to() - op.from()) * inner, 0, in.dim(op.axis()) * inner, op.from() * inner);
    }

    private void concat(Concat op, Tensor[] in, Tensor out) {
        int inner = inner(out, op.axis());
        int at = 0;
        for (Tensor part : in) {
            int run = part.dim(op.axis()) * inner;
            copyRows(out, part, run, out.dim(op.axis()) * inner, at, run, 0);
            at += run;
        }
    }

    /** Runs of elements from one tensor to the other, each with a distance from run to run and a place of the first. */
    private void copyRows(Tensor out, Tensor in, int run, int outPitch, int outAt, int inPitch, int inAt) {
        int unit = unit(in, out, run, outPitch, outAt, inPitch, inAt);
        int per = unit / type(out).bytes();
        int n = Math.min(in.size(), out.size()) / per;
        if (n == 0) {
            return;
        }
        cuda.launch("copy_rows_" + unit).raw(out).as(type(out), in).int32(n).struct(divisor(run / per)).int32(outPitch / per)
                .int32(outAt / per).int32(inPitch / per).int32(inAt / per).over(n, 1);
    }

    private void pad(Pad op, Tensor in, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        int inner = inner(in, op.axis());
        int length = out.dim(op.axis()) * inner;
        int inLength = in.dim(op.axis()) * inner;
        int before = op.before() * inner;
        int unit = unit(in, out, length, inLength, before);
        int per = unit / type(out).bytes();
        int n = out.size() / per;
        cuda.launch("pad_rows_" + unit).raw(out).as(type(out), in).int32(n).struct(divisor(length / per)).int32(inLength / per)
                .int32(before / per).over(n, 1);
    }

    private void upsample(UpsampleNearest op, Tensor in, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        int unit = unit(in, out, in.dim(3));
        int per = unit / type(out).bytes();
        int n = in.size() / per;
        cuda.launch("upsample_" + unit).raw(out).as(type(out), in).int32(n).struct(divisor(in.dim(2))).struct(divisor(in.dim(3) / per))
                .int32(op.factor()).over(n, 1);
    }

    private void sumPool(SumPool op, Tensor in, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        int four = unit(in, out, in.dim(3)) == WIDE ? 4 : 1;
        int n = out.size() / four;
        cuda.launch("sum_pool_" + type(out).suffix()).raw(out).as(type(out), in).int32(n).struct(divisor(out.dim(2)))
                .struct(divisor(out.dim(3) / four)).int32(op.factor()).int32(four / 4).over(n, 1);
    }

    private void gather(Tensor table, Tensor indices, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        int unit = unit(table, out, table.dim(1));
        int per = unit / type(out).bytes();
        int n = out.size() / per;
        cuda.launch("gather_" + unit).raw(out).as(type(out), table).f32(indices).int32(n).struct(divisor(table.dim(1) / per))
                .int32(table.dim(0)).int32(type(out) == DType.F32 ? NAN_F32 : NAN_BF16).over(n, 1);
    }

    private void scatterAdd(ScatterAdd op, Tensor rows, Tensor indices, Tensor out) {
        if (out.size() == 0) {
            return;
        }
        cuda.launch("scatter_add_f32").raw(out).f32(rows).f32(indices).int32(out.size()).struct(divisor(out.dim(1))).int32(op.rows())
                .int32(indices.size()).over(out.size(), 1);
    }
}
