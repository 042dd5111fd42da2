package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.RandomNormal;
import dev.langevin.engine.op.RandomUniform;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.kernels.DType;

/** Random numbers, dropout and perturbed data: random.cu and perturb.cu. */
final class RandomCuda {
    private RandomCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(RandomUniform.class, (op, in, out) -> fill(cuda, "random_uniform", out[0], op.key()))
                .put(RandomNormal.class, (op, in, out) -> fill(cuda, "random_normal", out[0], op.key()))
                .put(Dropout.class, (op, in, out) -> dropout(cuda, op, in[0], out[0]))
                .putBackward(Dropout.class, (op, in, out) -> dropout(cuda, op.forward(), in[1], out[0]))
                .put(Perturb.class, (op, in, out) -> {
                    Images images = Images.of(in[0]);
                    cuda.launch("perturb").raw(out[0]).raw(out[1]).f32(in[0]).f32(in[1]).f32(in[2])
                            .struct(Images.key(op.key()), 0).struct(images.struct()).over(images.count(), 1);
                });
    }

    private static void fill(CudaBackend cuda, String kernel, Tensor out, RandomKey key) {
        Images images = Images.of(out);
        cuda.launch(kernel).raw(out).struct(Images.key(key), 0).struct(images.struct()).over(images.count(), 1);
    }

    /** y = x times the mask: the op at x, its gradient at dy. */
    private static void dropout(CudaBackend cuda, Dropout op, Tensor x, Tensor y) {
        Images images = Images.of(x);
        DType type = DeviceStorage.of(y).type;
        cuda.launch("dropout_" + type.suffix()).raw(y).as(type, x).float32((float) op.rate()).float32((float) (1 / (1 - op.rate())))
                .struct(Images.key(op.key()), 0).struct(images.struct()).over(images.count(), 1);
    }
}
