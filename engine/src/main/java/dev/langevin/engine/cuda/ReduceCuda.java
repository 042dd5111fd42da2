package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.MaxTo;
import dev.langevin.engine.op.SumTo;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;
import java.util.Arrays;

/**
 * Sums and maxima, {@code reduce.cu}: inputs of either type, float32 outputs. Runs of reduced axes are taken one after
 * another, the innermost first, each in as many launches as its length asks for, with float32 numbers between. How many
 * launches, and what each block adds, is a function of the shapes and the input's type alone.
 */
final class ReduceCuda {
    private static final int BLOCK = 256;
    /** {@code PIECE} of reduce.cu: elements of a row that one block adds. */
    private static final int PIECE = 16384;
    /** Longest row that a part of a warp adds. */
    private static final int SHORT_ROW = 1024;
    /** Most rows that one thread adds column by column. */
    private static final int FEW_ROWS = 32;
    /** Packs of 16 bytes side by side in a block that adds columns: 256 bytes of each row. */
    private static final int LANES = 16;

    private final CudaBackend cuda;
    private final String op;

    private ReduceCuda(CudaBackend cuda, String op) {
        this.cuda = cuda;
        this.op = op;
    }

    static void put(KernelTable table, CudaBackend cuda) {
        ReduceCuda sum = new ReduceCuda(cuda, "sum");
        ReduceCuda max = new ReduceCuda(cuda, "max");
        table.put(SumTo.class, (o, in, out) -> sum.reduce(in[0], out[0], 0));
        table.put(MaxTo.class, (o, in, out) -> max.reduce(in[0], out[0], Double.NEGATIVE_INFINITY));
    }

    /** Numbers on the device: where they are, how they are stored, and the memory to give back when they were read, or null. */
    private record Numbers(long address, DType type, DeviceStorage temporary) {
    }

    private void reduce(Tensor in, Tensor out, double none) {
        if (out.size() == in.size()) {
            cuda.copy(out.storage(), in.storage(), out.size());
            return;
        }
        long target = DeviceStorage.of(out).address;
        if (in.size() == 0) {
            cuda.launch("fill_f32").address(target).value(none).int64(out.size()).over(out.size(), 4);
            return;
        }
        int[] dims = runs(in.shape(), out.shape());
        Numbers x = new Numbers(DeviceStorage.of(in).address, DeviceStorage.of(in).type, null);
        for (int i = dims.length / 2 * 2 - 1; i > 0; i -= 2) {
            int outer = product(dims, 0, i);
            int inner = product(dims, i + 1, dims.length);
            x = run(x, outer, dims[i], inner, i == 1 ? target : 0);
            dims[i] = 1;
        }
    }

    /** Lengths of runs of axes of the input, outermost first: those at even places stay, those at odd places are reduced. */
    private static int[] runs(Shape in, Shape out) {
        int[] strides = out.stridesIn(in);
        int[] dims = new int[in.rank() + 2];
        int last = 0;
        dims[0] = 1;
        for (int axis = 0; axis < in.rank(); axis++) {
            int length = in.dim(axis);
            if (length == 1) {
                continue;
            }
            boolean reduced = strides[axis] == 0;
            if (reduced != (last % 2 == 1)) {
                dims[++last] = 1;
            }
            dims[last] *= length;
        }
        return Arrays.copyOf(dims, last + 1);
    }

    /** (outer, length, inner) to (outer, inner), by as many launches as it takes, the last one to {@code target} unless that is 0. */
    private Numbers run(Numbers x, int outer, int length, int inner, long target) {
        while (true) {
            int parts = inner == 1 ? Math.ceilDiv(length, PIECE) : slices(x.type, length, inner);
            int size = outer * parts * inner;
            DeviceStorage y = parts == 1 && target != 0 ? null : cuda.take(size, DType.F32);
            long address = y == null ? target : y.address;
            if (inner == 1) {
                rows(x, outer, length, parts, address);
            } else {
                columns(x, outer, length, inner, parts, address);
            }
            if (x.temporary != null) {
                cuda.recycle(x.temporary);
            }
            x = new Numbers(address, DType.F32, y);
            if (parts == 1) {
                return x;
            }
            length = parts;
        }
    }

    private void rows(Numbers x, int rows, int length, int pieces, long y) {
        if (length > SHORT_ROW) {
            cuda.launch(op + "_rows_" + x.type.suffix()).address(y).address(x.address).int32(length).int32(pieces)
                    .run(Grid.of(rows * pieces, BLOCK));
            return;
        }
        int lanes = powerOfTwo((length + UnaryCuda.width(x.type) - 1) / UnaryCuda.width(x.type), 32);
        int perBlock = BLOCK / lanes;
        cuda.launch(op + "_rows_short_" + x.type.suffix()).address(y).address(x.address).int32(rows).int32(length).int32(lanes)
                .run(Grid.of(Math.ceilDiv(rows, perBlock), BLOCK));
    }

    private void columns(Numbers x, int outer, int length, int inner, int slices, long y) {
        int packs = packs(x.type, inner);
        if (length <= FEW_ROWS) {
            cuda.launch(op + "_columns_short_" + x.type.suffix()).address(y).address(x.address)
                    .int32(outer).int32(length).int32(inner).int32(packs).over((long) outer * packs, 1);
            return;
        }
        int lanes = powerOfTwo(packs, LANES);
        int tiles = (packs + lanes - 1) / lanes;
        cuda.launch(op + "_columns_" + x.type.suffix()).address(y).address(x.address).int32(length).int32(inner).int32(lanes)
                .int32(tiles).int32(slices).int32(perSlice(x.type, length, inner)).run(Grid.of(outer * slices * tiles, BLOCK));
    }

    private static int slices(DType type, int length, int inner) {
        int perSlice = length <= FEW_ROWS ? length : perSlice(type, length, inner);
        return (length + perSlice - 1) / perSlice;
    }

    /** Rows that a block adds: all where a thread has at most 16 of them, else such that there are about 256 slices, with 8 to 64 rows a thread. */
    private static int perSlice(DType type, int length, int inner) {
        int atOnce = BLOCK / powerOfTwo(packs(type, inner), LANES);
        if (length <= 16 * atOnce) {
            return length;
        }
        return atOnce * Math.clamp((length + 256L * atOnce - 1) / (256L * atOnce), 8, 64);
    }

    private static int packs(DType type, int inner) {
        return (inner + UnaryCuda.width(type) - 1) / UnaryCuda.width(type);
    }

    /** The first power of two that is not below n, but at most {@code most}. */
    private static int powerOfTwo(int n, int most) {
        return Math.min(most, n == 1 ? 1 : Integer.highestOneBit(n - 1) << 1);
    }

    private static int product(int[] dims, int from, int to) {
        int p = 1;
        for (int i = from; i < to; i++) {
            p *= dims[i];
        }
        return p;
    }
}
