package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;

/** The samplers' steps: sampler.cu. */
final class SamplerCuda {
    /** Pieces of four elements that a thread of a Langevin update makes, so that reading an image's norms is worth it. */
    private static final int QUADS_A_THREAD = 4;
    private static final int BLOCK = 256;

    private SamplerCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(AffineNoise.class, (op, in, out) -> {
            Images images = Images.of(in[0]);
            DType type = DeviceStorage.of(in[1]).type;
            cuda.launch("affine_noise_" + type.suffix()).raw(out[0]).f32(in[0]).as(type, in[1]).f32(in[2]).f32(in[3]).f32(in[4])
                    .struct(Images.key(op.key()), 0).struct(images.struct()).over(images.count(), 1);
        }).put(LangevinStep.class, (op, in, out) -> langevin(cuda, op, in[0], in[1], out[0]));
    }

    private static void langevin(CudaBackend cuda, LangevinStep op, Tensor x, Tensor s, Tensor y) {
        Images images = Images.of(x);
        DType type = DeviceStorage.of(s).type;
        int parts = images.parts();
        DeviceStorage norms = cuda.take(Math.max(1, 2 * images.n() * parts), DType.F32);
        cuda.launch("langevin_norms_" + type.suffix()).address(norms.address).as(type, s).value(op.factor())
                .struct(Images.key(op.key()), 0).int32(images.size()).int32(parts).run(images.blocksOfParts());
        int chunks = parts == 1 ? (images.quads() + BLOCK - 1) / BLOCK
                : (images.quads() + BLOCK * QUADS_A_THREAD - 1) / (BLOCK * QUADS_A_THREAD);
        int block = chunks == 1 ? images.blocksOfParts().block() : BLOCK;
        cuda.launch("langevin_update_" + type.suffix()).raw(y).f32(x).as(type, s).address(norms.address).value(op.factor())
                .struct(Images.key(op.key()), 0).int32(images.size()).int32(parts).int32(chunks).run(Grid.of(images.n() * chunks, block));
        cuda.recycle(norms);
    }
}
