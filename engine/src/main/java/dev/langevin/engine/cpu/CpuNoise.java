package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.CpuBackend.data;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.Dropout;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.NoiseSquaredNorms;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.op.RandomNormal;
import dev.langevin.engine.op.RandomUniform;
import dev.langevin.engine.op.ResidualError;
import dev.langevin.engine.op.SquaredNorms;
import dev.langevin.engine.random.RandomKey;

/** The part of {@link CpuKernels}' table that draws random numbers, and the sums over images that go with it. */
final class CpuNoise {
    private CpuNoise() {
    }

    static void put(KernelTable table) {
        table.put(RandomNormal.class, (op, in, out) -> {
            RandomKey k = op.key();
            PhiloxCpu.normal(data(out[0]), out[0].dim(0), op.imageSize(), k.seed(), k.purpose(), k.firstImage(), k.step());
        }).put(RandomUniform.class, (op, in, out) -> {
            RandomKey k = op.key();
            PhiloxCpu.uniform(data(out[0]), out[0].dim(0), op.imageSize(), k.seed(), k.purpose(), k.firstImage(), k.step());
        }).put(AffineNoise.class, (op, in, out) -> {
            RandomKey k = op.key();
            SamplerCpu.affineNoise(data(out[0]), data(in[0]), data(in[1]), in[0].dim(0), imageSize(in[0]),
                    data(in[2]), data(in[3]), data(in[4]), k.seed(), k.purpose(), k.firstImage(), k.step());
        }).put(LangevinStep.class, (op, in, out) -> {
            RandomKey k = op.key();
            SamplerCpu.langevin(data(out[0]), data(in[0]), data(in[1]), in[0].dim(0), imageSize(in[0]), op.factor(),
                    k.seed(), k.purpose(), k.firstImage(), k.step());
        }).put(Perturb.class, (op, in, out) -> {
            RandomKey k = op.key();
            NoiseCpu.perturb(data(out[0]), data(out[1]), data(in[0]), data(in[1]), data(in[2]), in[0].dim(0), imageSize(in[0]),
                    k.seed(), k.purpose(), k.firstImage(), k.step());
        }).put(Dropout.class, (op, in, out) -> dropout(op, in[0], out[0]))
                .putBackward(Dropout.class, (op, in, out) -> dropout(op.forward(), in[1], out[0]))
                .put(SquaredNorms.class, (op, in, out) ->
                        ImageSums.squares(data(out[0]), data(in[0]), in[0].dim(0), imageSize(in[0])))
                .put(NoiseSquaredNorms.class, (op, in, out) -> {
                    RandomKey k = op.key();
                    ImageSums.noiseSquares(data(out[0]), op.shape().dim(0), op.shape().product(1, op.shape().rank()),
                            k.seed(), k.purpose(), k.firstImage(), k.step());
                }).put(ResidualError.class, (op, in, out) ->
                        ImageSums.residual(data(out[0]), data(in[0]), data(in[1]), in[0].dim(0), imageSize(in[0])))
                .putBackward(ResidualError.class, (op, in, out) -> {
                    // p and z stand for each other, so their gradients are one.
                    for (Tensor d : out) {
                        if (d != null) {
                            ImageSums.residualBackward(data(d), data(in[0]), data(in[1]), data(in[2]), in[0].dim(0), imageSize(in[0]));
                        }
                    }
                });
    }

    private static int imageSize(Tensor x) {
        return x.size() / Math.max(1, x.dim(0));
    }

    /** Linear, and the same elements for the same key: forward and backward are one. */
    private static void dropout(Dropout op, Tensor x, Tensor y) {
        RandomKey k = op.key();
        NoiseCpu.dropout(data(y), data(x), (float) op.rate(), (float) (1 / (1 - op.rate())), x.dim(0), imageSize(x),
                k.seed(), k.purpose(), k.firstImage(), k.step());
    }
}
