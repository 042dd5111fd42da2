package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.SinusoidalEmbedding;
import dev.langevin.engine.random.Philox;
import java.util.Locale;

/**
 * What a network makes of the noise level's label ({@link NoiseLabel}), of the time above all: features (E-SIN, E-FOUR,
 * E-SIG, E-IDX), then linear, SiLU, linear (E-MLP).
 */
public final class TimeEmbedding {
    /** Which features. */
    public enum Features {
        /**
         * sin and cos of t f_i with f_i = 10000^(-i / (half - 1)) (Vaswani et al. 2017), for t times a scale: with t in
         * [0, 1] unscaled, neighbouring times look alike, so the scale is 999 unless asked otherwise.
         */
        SINUSOIDAL,
        /** sin and cos of 2 pi t f_i with f_i ~ N(0, scale^2) (Tancik et al. 2020), fixed by a seed and saved with the weights. */
        FOURIER,
        /** w t + b for t times a scale, learnt. */
        LINEAR,
        /** Row t of a table, learnt: for labels that are indices. */
        LOOKUP
    }

    private static final int FREQUENCIES = 0xF0E5;

    private final Features kind;
    private final Tensor frequencies; // (half) of sines and cosines
    private final Tensor table;       // (levels, features) of LOOKUP
    private final Linear line;        // of LINEAR
    private final double scale;
    private final Linear first;
    private final Linear second;

    /** As below, for a label that is the time. */
    public TimeEmbedding(Parameters p, Features kind, int features, int out, double scale) {
        this(p, kind, features, out, scale, NoiseLabel.PLAIN);
    }

    /**
     * @param features number of features; of sines and cosines together, even
     * @param out length of the embedding
     * @param scale what t is multiplied by (SINUSOIDAL, LINEAR), or the deviation of the frequencies (FOURIER)
     * @param noise what t is; its ladder is as long as the table (LOOKUP)
     */
    public TimeEmbedding(Parameters p, Features kind, int features, int out, double scale, NoiseLabel noise) {
        int half = features / 2;
        this.kind = kind;
        this.frequencies = switch (kind) {
            case SINUSOIDAL -> Tensor.of(Shape.of(half), frequencies(half, i -> Math.exp(-i * Math.log(10000) / Math.max(1, half - 1))));
            case FOURIER -> p.buffer("frequencies", Shape.of(half),
                    frequencies(half, i -> 2 * Math.PI * scale * Philox.normal(0, FREQUENCIES, 0, 0, i)));
            default -> null;
        };
        this.table = kind == Features.LOOKUP ? p.uniform("table", Shape.of(noise.levels(), 2 * half), 1) : null;
        this.line = kind == Features.LINEAR ? new Linear(p.in("line"), 1, 2 * half) : null;
        this.scale = kind == Features.FOURIER ? 1 : scale;
        this.first = new Linear(p.in("mlp.0"), 2 * half, out);
        this.second = new Linear(p.in("mlp.2"), out, out);
    }

    private interface Frequency {
        double at(int i);
    }

    private static double[] frequencies(int half, Frequency frequency) {
        double[] f = new double[half];
        for (int i = 0; i < half; i++) {
            f[i] = frequency.at(i);
        }
        return f;
    }

    /**
     * The features that configurations call {@code name}.
     *
     * @throws InputException when there are none, the scale is not finite, or a table is to be asked for what is no index
     */
    static Features named(String name, double scale, NoiseLabel noise) {
        Checks.oneOf("time-features", name, "sinusoidal", "fourier", "linear", "lookup");
        Checks.finite("time-scale", scale);
        if (name.equals("lookup") && noise.kind() != NoiseLabel.Kind.INDEX) {
            throw new InputException("network: time-features 'lookup' needs the index of a level; set noise.kind = \"index\"");
        }
        return Features.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Labels (N) to embeddings (N, out). */
    public Tensor apply(Tensor t) {
        return second.apply(first.apply(features(t)).silu());
    }

    /** Labels (N) to (N, features); of sines and cosines, first the sines. */
    public Tensor features(Tensor t) {
        return switch (kind) {
            case SINUSOIDAL, FOURIER -> new SinusoidalEmbedding(scale).apply(t, frequencies);
            case LINEAR -> line.apply(t.mul(scale).reshape(-1, 1));
            case LOOKUP -> table.gather(t);
        };
    }
}
