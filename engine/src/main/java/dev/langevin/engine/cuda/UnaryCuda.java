package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.op.Abs;
import dev.langevin.engine.op.Affine;
import dev.langevin.engine.op.Cos;
import dev.langevin.engine.op.Exp;
import dev.langevin.engine.op.Expm1;
import dev.langevin.engine.op.Log;
import dev.langevin.engine.op.Reciprocal;
import dev.langevin.engine.op.Relu;
import dev.langevin.engine.op.Sigmoid;
import dev.langevin.engine.op.Sin;
import dev.langevin.engine.op.Sqrt;
import dev.langevin.engine.op.Square;
import dev.langevin.engine.op.Tanh;
import dev.langevin.engine.op.Unary;
import dev.langevin.engine.op.Where;
import dev.langevin.kernels.DType;

/**
 * Functions of one element each, {@code unary.cu}. Affine, Relu, Sigmoid and Tanh have outputs of either type,
 * and their input is read in the output's; the others and Where have float32 outputs.
 */
final class UnaryCuda {
    private UnaryCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        unary(table, cuda, Abs.class, "abs");
        unary(table, cuda, Cos.class, "cos");
        unary(table, cuda, Exp.class, "exp");
        unary(table, cuda, Expm1.class, "expm1");
        unary(table, cuda, Log.class, "log");
        unary(table, cuda, Reciprocal.class, "reciprocal");
        unary(table, cuda, Relu.class, "relu");
        unary(table, cuda, Sigmoid.class, "sigmoid");
        unary(table, cuda, Sin.class, "sin");
        unary(table, cuda, Sqrt.class, "sqrt");
        unary(table, cuda, Square.class, "square");
        unary(table, cuda, Tanh.class, "tanh");
        table.put(Affine.class, (op, in, out) -> {
            DType type = DeviceStorage.of(out[0]).type;
            int n = out[0].size();
            cuda.launch("affine_" + type.suffix()).raw(out[0]).as(type, in[0]).int64(n).value(op.scale()).value(op.shift())
                    .over(n, width(type));
        });
        table.put(Where.class, (op, in, out) -> {
            int n = out[0].size();
            cuda.launch("where_" + DeviceStorage.of(out[0]).type.suffix()).raw(out[0]).f32(in[0]).f32(in[1]).f32(in[2]).int64(n).over(n, 4);
        });
    }

    private static void unary(KernelTable table, CudaBackend cuda, Class<? extends Unary> op, String name) {
        table.put(op, (o, in, out) -> {
            DType type = DeviceStorage.of(out[0]).type;
            int n = out[0].size();
            cuda.launch(name + "_" + type.suffix()).raw(out[0]).as(type, in[0]).int64(n).over(n, width(type));
        });
    }

    /** Elements that a thread takes at a time: 16 bytes. */
    static int width(DType type) {
        return 16 / type.bytes();
    }
}
