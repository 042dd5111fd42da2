package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.SinusoidalEmbedding;
import dev.langevin.engine.random.Philox;

/**
 * Features of the time for a network: fixed sines and cosines (E-SIN, E-FOUR), then linear, SiLU, linear (E-MLP).
 */
public final class TimeEmbedding {
    /** Which sines and cosines. */
    public enum Features {
        /**
         * sin and cos of t f_i with f_i = 10000^(-i / (half - 1)) (Vaswani et al. 2017), for t times a scale: with t in
         * [0, 1] unscaled, neighbouring times look alike, so the scale is 999 unless asked otherwise.
         */
        SINUSOIDAL,
        /** sin and cos of 2 pi t f_i with f_i ~ N(0, scale^2) (Tancik et al. 2020), fixed by a seed and saved with the weights. */
        FOURIER
    }

    private static final int FREQUENCIES = 0xF0E5;

    private final Tensor frequencies; // (half)
    private final double scale;
    private final Linear first;
    private final Linear second;

    /**
     * @param features number of sines and cosines together, even
     * @param out length of the embedding
     * @param scale what t is multiplied by (SINUSOIDAL), or the deviation of the frequencies (FOURIER)
     */
    public TimeEmbedding(Parameters p, Features kind, int features, int out, double scale) {
        int half = features / 2;
        double[] f = new double[half];
        for (int i = 0; i < half; i++) {
            f[i] = kind == Features.SINUSOIDAL ? Math.exp(-i * Math.log(10000) / Math.max(1, half - 1))
                    : 2 * Math.PI * scale * Philox.normal(0, FREQUENCIES, 0, 0, i);
        }
        this.frequencies = kind == Features.SINUSOIDAL ? Tensor.of(Shape.of(half), f) : p.buffer("frequencies", Shape.of(half), f);
        this.scale = kind == Features.SINUSOIDAL ? scale : 1;
        this.first = new Linear(p.in("mlp.0"), 2 * half, out);
        this.second = new Linear(p.in("mlp.2"), out, out);
    }

    /** Times (N) to embeddings (N, out). */
    public Tensor apply(Tensor t) {
        return second.apply(first.apply(features(t)).silu());
    }

    /** Times (N) to sines, then cosines (N, features). */
    public Tensor features(Tensor t) {
        return new SinusoidalEmbedding(scale).apply(t, frequencies);
    }
}
