package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.NoiseSquaredNorms;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.op.SquaredNorms;
import dev.langevin.kernels.DType;
import java.util.function.UnaryOperator;

/** Sums over each image of a batch: norms.cu. */
final class NormCuda {
    private NormCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(SquaredNorms.class, (op, in, out) -> {
            DType type = DeviceStorage.of(in[0]).type;
            sums(cuda, "squared_norms_" + type.suffix(), Images.of(in[0]), out[0], launch -> launch.as(type, in[0]));
        }).put(NoiseSquaredNorms.class, (op, in, out) -> {
            Images images = new Images(op.shape().dim(0), op.shape().product(1, op.shape().rank()));
            sums(cuda, "noise_squared_norms", images, out[0], launch -> launch.struct(Images.key(op.key()), 0));
        }).put(ResidualError.class, (op, in, out) -> {
            Images images = Images.of(in[0]);
            DType type = DeviceStorage.of(in[0]).type;
            sums(cuda, "residual_error_" + type.suffix(), images, out[0],
                    launch -> launch.as(type, in[0]).f32(in[1]).float32((float) (1.0 / images.size())));
        }).putBackward(ResidualError.class, (op, in, out) -> {
            for (Tensor d : out) {
                // p and z stand for each other, so their gradients are one.
                if (d != null) {
                    residualBackward(cuda, in[0], in[1], in[2], d);
                }
            }
        });
    }

    /** Launches a kernel that sums over images; what stands between its output and (size, parts) is {@code middle}'s. */
    private static void sums(CudaBackend cuda, String kernel, Images images, Tensor out, UnaryOperator<Launch> middle) {
        int parts = images.parts();
        if (parts == 1) {
            middle.apply(cuda.launch(kernel).raw(out)).int32(images.size()).int32(1).run(images.blocksOfParts());
            return;
        }
        DeviceStorage partial = cuda.take(images.n() * parts, DType.F32);
        middle.apply(cuda.launch(kernel).address(partial.address)).int32(images.size()).int32(parts).run(images.blocksOfParts());
        cuda.launch("norms_of_parts").raw(out).address(partial.address).int32(images.n()).int32(parts).over(32L * images.n(), 1);
        cuda.recycle(partial);
    }

    private static void residualBackward(CudaBackend cuda, Tensor p, Tensor z, Tensor dy, Tensor d) {
        Images images = Images.of(p);
        DType type = DeviceStorage.of(d).type;
        cuda.launch("residual_error_backward_" + type.suffix()).raw(d).as(type, p).f32(z).f32(dy).float32((float) (1.0 / images.size()))
                .struct(images.struct()).over(images.count(), 1);
    }
}
