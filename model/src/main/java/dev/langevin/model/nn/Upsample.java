package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.function.UnaryOperator;

/** Twice the height and width: a transposed 4x4 convolution of stride 2 (N-UPT), or nearest neighbours and a 3x3 convolution (N-UPN). */
final class Upsample {
    private Upsample() {
    }

    static UnaryOperator<Tensor> transposed(Parameters p, int channels) {
        double fanIn = channels * 4.0; // of the 16 taps, 4 reach any one pixel
        Tensor weight = p.uniform("weight", Shape.of(channels, 4, 4, channels), fanIn);
        Tensor bias = p.uniform("bias", Shape.of(channels), fanIn);
        return x -> x.convTranspose2d(weight, bias, 2, 1);
    }

    static UnaryOperator<Tensor> nearest(Parameters p, int channels) {
        Conv conv = Conv.of(p, channels, channels, 3, 1);
        return x -> conv.apply(x.upsampleNearest(2));
    }
}
