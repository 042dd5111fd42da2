package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;

/** One forward pass of a U-Net: what its layers are told beside the image, and who hears of their outputs. */
final class Pass {
    private static final int DROPOUT_STRIDE = 1 << 16;

    private final Tensor embedding;
    private final Tensor tokens;
    private final RandomKey dropout;
    private final ScoreUNet.Probe probe;
    private int blocks;

    /**
     * @param embedding SiLU of the embedding of the time and perhaps the class (N, E)
     * @param tokens of the class (N, M, E), or null
     * @param dropout random numbers for dropout, or null
     * @param probe hears the outputs, or null
     */
    Pass(Tensor embedding, Tensor tokens, RandomKey dropout, ScoreUNet.Probe probe) {
        this.embedding = embedding;
        this.tokens = tokens;
        this.dropout = dropout;
        this.probe = probe;
    }

    Tensor embedding() {
        return embedding;
    }

    Tensor tokens() {
        return tokens;
    }

    /** The next block's own stream of dropout, or null. */
    RandomKey nextDropout() {
        return dropout == null ? null
                : new RandomKey(dropout.seed(), dropout.purpose() + DROPOUT_STRIDE * blocks++, dropout.firstImage(), dropout.step());
    }

    /** {@code value}, the output of the layer of this name and number. */
    Tensor seen(String name, int number, Tensor value) {
        if (probe != null) {
            probe.activation(name + number, value);
        }
        return value;
    }
}
