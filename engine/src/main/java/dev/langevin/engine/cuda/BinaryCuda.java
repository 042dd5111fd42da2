package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Add;
import dev.langevin.engine.op.Binary;
import dev.langevin.engine.op.BroadcastTo;
import dev.langevin.engine.op.Div;
import dev.langevin.engine.op.Greater;
import dev.langevin.engine.op.Mul;
import dev.langevin.engine.op.Sub;
import dev.langevin.kernels.DType;

/**
 * Functions of two elements with broadcasting, {@code binary.cu}, and broadcasting itself, {@code broadcast.cu}. Outputs
 * of either type. Beside an operand as large as the output, and stored like it, the other one is read as it is stored:
 * nothing but the result is rounded. Where both are stretched they are read in the output's type.
 */
final class BinaryCuda {
    private BinaryCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        binary(table, cuda, Add.class, "add");
        binary(table, cuda, Sub.class, "sub");
        binary(table, cuda, Mul.class, "mul");
        binary(table, cuda, Div.class, "div");
        binary(table, cuda, Greater.class, "greater");
        table.put(BroadcastTo.class, (op, in, out) -> broadcast(cuda, in[0], out[0]));
    }

    private static void binary(KernelTable table, CudaBackend cuda, Class<? extends Binary> op, String name) {
        table.put(op, (o, in, out) -> binary(cuda, name, in[0], in[1], out[0]));
    }

    private static void binary(CudaBackend cuda, String name, Tensor a, Tensor b, Tensor y) {
        int n = y.size();
        if (n == 0) {
            return;
        }
        DType type = DeviceStorage.of(y).type;
        boolean aWhole = a.size() == n && storedAs(a, type);
        boolean bWhole = b.size() == n && storedAs(b, type);
        if (aWhole && bWhole) {
            cuda.launch(name + "_" + type.suffix()).raw(y).as(type, a).as(type, b).int32(n).over(n, UnaryCuda.width(type));
            return;
        }
        Tensor large = aWhole ? a : b;
        Tensor small = aWhole ? b : a;
        Axes axes = aWhole || bWhole ? new Axes(y.shape(), small.shape()) : null;
        if (axes != null && axes.fitsStretch()) {
            stretched(cuda, name, large, small, y, axes, bWhole);
        } else {
            cuda.launch(name + "_strided_" + type.suffix()).raw(y).as(type, a).as(type, b).int32(n)
                    .struct(new Axes(y.shape(), a.shape(), b.shape()).walk(name)).over(n, 1);
        }
    }

    /** Whether nothing is rounded when a tensor is read as {@code type}. */
    private static boolean storedAs(Tensor tensor, DType type) {
        return type == DType.F32 || DeviceStorage.of(tensor).type == type;
    }

    private static void stretched(CudaBackend cuda, String name, Tensor large, Tensor small, Tensor y, Axes axes, boolean swapped) {
        DType type = DeviceStorage.of(y).type;
        DType smallType = type == DType.F32 ? DType.F32 : DeviceStorage.of(small).type;
        int width = UnaryCuda.width(type);
        cuda.launch(name + "_stretched_" + type.suffix() + (smallType == type ? "" : "_" + smallType.suffix()))
                .raw(y).as(type, large).as(smallType, small).int32(y.size()).struct(axes.stretch(0))
                .int32(axes.reading(0, width).ordinal()).int32(swapped ? 1 : 0)
                .over(y.size(), width);
    }

    private static void broadcast(CudaBackend cuda, Tensor x, Tensor y) {
        int n = y.size();
        if (n == 0) {
            return;
        }
        DType type = DeviceStorage.of(y).type;
        Axes axes = new Axes(y.shape(), x.shape());
        if (axes.fitsStretch()) {
            int width = UnaryCuda.width(type);
            cuda.launch("broadcast_" + type.suffix()).raw(y).as(type, x).int32(n).struct(axes.stretch(0))
                    .int32(axes.reading(0, width).ordinal()).over(n, width);
        } else {
            cuda.launch("broadcast_strided_" + type.suffix()).raw(y).as(type, x).int32(n).struct(axes.walk("broadcastTo")).over(n, 1);
        }
    }
}
