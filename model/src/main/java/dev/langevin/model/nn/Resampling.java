package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.SumPool;
import java.util.function.UnaryOperator;

/** How images go from one level of a U-Net to the next of half the size, and back: with weights (N-DOWN, N-UPT, N-UPN) or without. */
final class Resampling {
    private final UNetConfig config;
    private final Fir fir; // null where neither way needs it

    /** @param level the larger one's number, from 0 */
    Resampling(UNetConfig config, int level) {
        this.config = config;
        this.fir = downsampling().equals("fir") || config.upsampling().equals("fir") ? new Fir(config.imageSize() >> level) : null;
    }

    private String downsampling() {
        return config.ncsnpp().downsampling();
    }

    /** Half the size: FIR, or means of 2x2 pixels. */
    Tensor down(Tensor x) {
        return downsampling().equals("fir") ? fir.down(x) : new SumPool(2).apply(x).mul(0.25);
    }

    /** Twice the size: FIR, or nearest neighbours. */
    Tensor up(Tensor x) {
        return config.upsampling().equals("fir") ? fir.up(x) : x.upsampleNearest(2);
    }

    /** Half the size and {@code out} channels, by a 3x3 convolution after {@link #down} or instead of it. */
    UnaryOperator<Tensor> downsample(Parameters p, int in, int out) {
        if (downsampling().equals("strided")) {
            return Conv.of(p, in, out, 3, 2)::apply;
        }
        Conv conv = Conv.of(p, in, out, 3, 1);
        return x -> conv.apply(down(x));
    }

    /** Twice the size and {@code out} channels, by a 3x3 convolution after {@link #up} or a transposed 4x4 convolution of stride 2. */
    UnaryOperator<Tensor> upsample(Parameters p, int in, int out) {
        if (config.upsampling().equals("transposed")) {
            double fanIn = in * 4.0; // of the 16 taps, 4 reach any one pixel
            Tensor weight = p.uniform("weight", Shape.of(in, 4, 4, out), fanIn);
            Tensor bias = p.uniform("bias", Shape.of(out), fanIn);
            return x -> x.convTranspose2d(weight, bias, 2, 1);
        }
        Conv conv = Conv.of(p, in, out, 3, 1);
        return x -> conv.apply(up(x));
    }
}
