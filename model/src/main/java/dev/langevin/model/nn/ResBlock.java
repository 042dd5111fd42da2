package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.engine.random.RandomKey;
import java.util.Locale;

/**
 * Residual block (N-RES): skip(x) + conv2(dropout(silu(norm2(h)))) with h = conv1(silu(norm1(x))) told the time by a
 * shift, or by a scale and a shift ({@link Form}). The skip is a 1x1 convolution where the number of channels changes.
 */
final class ResBlock {
    private final Norm norm1;
    private final Conv conv1;
    private final Linear time;
    private final Norm norm2;
    private final Conv conv2;
    private final Conv skip; // null where channels stay
    private final Form conditioning;
    private final double dropout;

    ResBlock(Parameters p, int in, int out, UNetConfig config) {
        this.conditioning = Form.valueOf(config.conditioning().toUpperCase(Locale.ROOT));
        this.dropout = config.dropout();
        this.conv1 = Conv.of(p.in("conv1"), in, out, 3, 1);
        this.conv2 = config.zeroInit() ? Conv.zero(p.in("conv2"), out, out, 3) : Conv.of(p.in("conv2"), out, out, 3, 1);
        this.time = new Linear(p.in("time_mlp.1"), config.timeEmbedding(), conditioning.perChannel() * out);
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
        h = norm2.silu(h, time.apply(embedding), conditioning);
        if (key != null && dropout > 0) {
            h = h.dropout(dropout, key);
        }
        return conv2.applyPlus(h, skip == null ? x : skip.apply(x));
    }
}
