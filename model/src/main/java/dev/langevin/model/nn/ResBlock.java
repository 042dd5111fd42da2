package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.Locale;

/**
 * Residual block (N-RES): skip(x) + conv2(dropout(silu(norm2(h)))) with h = conv1(silu(norm1(x))) told the time by a
 * shift, or by a scale and a shift. The skip is a 1x1 convolution where the number of channels changes.
 */
final class ResBlock {
    /** How the time reaches the block; e is the time's embedding after SiLU and a linear layer. */
    enum Conditioning {
        /** norm2(h + e). */
        SHIFT,
        /** norm2(h (1 + e_1) + e_2): feature-wise linear modulation (Perez et al. 2018). */
        FILM,
        /** norm2(h) (1 + e_1) + e_2: adaptive group normalisation (Dhariwal and Nichol 2021). */
        ADAGN;

        static Conditioning of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }
    }

    private final Norm norm1;
    private final Conv conv1;
    private final Linear time;
    private final Norm norm2;
    private final Conv conv2;
    private final Conv skip; // null where channels stay
    private final Conditioning conditioning;
    private final double dropout;
    private final int out;

    ResBlock(Parameters p, int in, int out, UNetConfig config) {
        this.conditioning = Conditioning.of(config.conditioning());
        this.dropout = config.dropout();
        this.out = out;
        this.conv1 = Conv.of(p.in("conv1"), in, out, 3, 1);
        this.conv2 = config.zeroInit() ? Conv.zero(p.in("conv2"), out, out, 3) : Conv.of(p.in("conv2"), out, out, 3, 1);
        this.time = new Linear(p.in("time_mlp.1"), config.timeEmbedding(), conditioning == Conditioning.SHIFT ? out : 2 * out);
        this.norm1 = new Norm(p.in("norm1"), in, config.groups());
        this.norm2 = new Norm(p.in("norm2"), out, config.groups());
        this.skip = in == out ? null : Conv.of(p.in("skip"), in, out, 1, 1);
    }

    /**
     * @param x (N, H, W, in)
     * @param embedding SiLU of the time's embedding (N, E)
     * @param key dropout's random numbers, or null to evaluate without dropout
     * @return (N, H, W, out)
     */
    Tensor apply(Tensor x, Tensor embedding, RandomKey key) {
        Tensor h = conv1.apply(norm1.silu(x));
        Tensor e = time.apply(embedding).reshape(x.dim(0), 1, 1, -1);
        h = switch (conditioning) {
            case SHIFT -> norm2.silu(h.add(e));
            case FILM -> norm2.silu(modulate(h, e));
            case ADAGN -> modulate(norm2.apply(h), e).silu();
        };
        if (key != null && dropout > 0) {
            h = h.dropout(dropout, key);
        }
        return conv2.applyPlus(h, skip == null ? x : skip.apply(x));
    }

    private Tensor modulate(Tensor h, Tensor e) {
        return h.mul(e.slice(3, 0, out).add(1)).add(e.slice(3, out, 2 * out));
    }
}
