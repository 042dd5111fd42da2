package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.engine.random.RandomKey;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Residual block (N-RES): skip(x) + conv2(dropout(silu(norm2(h)))) with h = conv1(silu(norm1(x))) told the time by a
 * shift, or by a scale and a shift ({@link Form}). The skip is a 1x1 convolution where the number of channels changes.
 * BigGAN's block resamples silu(norm1(x)) and x, and always has the convolution.
 */
final class ResBlock implements Layer {
    private final Norm norm1;
    private final UnaryOperator<Tensor> resample;
    private final Conv conv1;
    private final Linear time;
    private final Norm norm2;
    private final Conv conv2;
    private final Conv skip; // null where channels stay
    private final Form conditioning;
    private final double dropout;
    private final UNetConfig config;

    ResBlock(Parameters p, int in, int out, UNetConfig config) {
        this(p, in, out, config, null);
    }

    /** @param resample to another size, without weights; null for none */
    ResBlock(Parameters p, int in, int out, UNetConfig config, UnaryOperator<Tensor> resample) {
        this.conditioning = Form.valueOf(config.conditioning().toUpperCase(Locale.ROOT));
        this.dropout = config.dropout();
        this.config = config;
        this.resample = resample;
        this.conv1 = Conv.of(p.in("conv1"), in, out, 3, 1);
        this.conv2 = config.zeroInit() ? Conv.zero(p.in("conv2"), out, out, 3) : Conv.of(p.in("conv2"), out, out, 3, 1);
        this.time = new Linear(p.in("time_mlp.1"), config.timeEmbedding(), conditioning.perChannel() * out);
        this.norm1 = new Norm(p.in("norm1"), in, config.groups());
        this.norm2 = new Norm(p.in("norm2"), out, config.groups());
        this.skip = in == out && resample == null ? null : Conv.of(p.in("skip"), in, out, 1, 1);
    }

    /** (N, H, W, in) to (N, H, W, out), or to another size. */
    @Override
    public Tensor apply(Tensor x, Pass pass) {
        RandomKey key = pass.nextDropout();
        Tensor h = conv1.apply(resampled(norm1.silu(x)));
        h = norm2.silu(h, time.apply(pass.embedding()), conditioning);
        if (key != null && dropout > 0) {
            h = h.dropout(dropout, key);
        }
        Tensor straight = resampled(x);
        return rescaled(conv2.applyPlus(h, skip == null ? straight : skip.apply(straight)), config);
    }

    private Tensor resampled(Tensor x) {
        return resample == null ? x : resample.apply(x);
    }

    /** A sum of two branches, by sqrt(2) where the configuration says so. */
    static Tensor rescaled(Tensor sum, UNetConfig config) {
        return config.ncsnpp().skipRescale() ? sum.mul(Math.sqrt(0.5)) : sum;
    }
}
