package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Noise-conditional score network (N-NCSN; Song and Ermon 2019): an encoder and a decoder all of whose normalisations are
 * conditioned on the noise level, norm(x) (1 + e_1) + e_2 with e linear in the level's embedding. One residual block a
 * scale on either way; the decoder takes each scale's last output as a skip. Scales are halved rounding up and doubled
 * by nearest neighbours, cropped to the skip's size, so that an image of any size comes out at its own (28, 14, 7, 4 and
 * back). The last convolution starts at zero.
 */
public final class ScoreNcsn implements ScoreNetwork {
    private final NcsnConfig config;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final Conv initConv;
    private final List<Block> encoder = new ArrayList<>();
    private final List<Conv> downsample = new ArrayList<>();
    private final List<Block> decoder = new ArrayList<>(); // of the last scale but one first
    private final ConditionalNorm outNorm;
    private final Conv outConv;

    /** Builds the layers over {@code p}, making the weights that are not there. */
    public ScoreNcsn(NcsnConfig config, Parameters p) {
        this.config = config;
        this.parameters = p;
        timeEmbedding = new TimeEmbedding(p.in("time_emb"), TimeEmbedding.named(config.timeFeatures(), config.timeScale(), config.noise()),
                config.baseChannels(), config.timeEmbedding(), config.timeScale(), config.noise());
        int scales = config.channelMults().size();
        int[] wide = config.channelMults().stream().mapToInt(m -> m * config.baseChannels()).toArray();
        int ch = config.baseChannels();
        initConv = Conv.of(p.in("init_conv"), config.channels(), ch, 3, 1);
        for (int i = 0; i < scales; i++) {
            encoder.add(new Block(p.in("encoder." + i), ch, wide[i]));
            ch = wide[i];
            if (i < scales - 1) {
                downsample.add(Conv.of(p.in("downsample." + i), ch, ch, 3, 2));
            }
        }
        for (int i = scales - 2; i >= 0; i--) {
            decoder.add(new Block(p.in("decoder." + decoder.size()), ch + wide[i], wide[i]));
            ch = wide[i];
        }
        outNorm = new ConditionalNorm(p.in("out_norm"), ch);
        outConv = Conv.zero(p.in("out_conv"), ch, config.channels(), 3);
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        Checks.images("scoreNcsn", config.imageSize(), config.channels(), x, t);
        Tensor embedding = timeEmbedding.apply(t).silu();
        Deque<Tensor> skips = new ArrayDeque<>();
        Tensor h = initConv.apply(x);
        for (int i = 0; i < encoder.size(); i++) {
            h = encoder.get(i).apply(h, embedding);
            if (i < downsample.size()) {
                skips.push(h);
                h = downsample.get(i).apply(h);
            }
        }
        for (Block block : decoder) {
            Tensor skip = skips.pop();
            h = block.apply(Tensor.concat(3, cropped(h.upsampleNearest(2), skip.dim(1)), skip), embedding);
        }
        return outConv.apply(outNorm.silu(h, embedding));
    }

    private static Tensor cropped(Tensor x, int size) {
        return x.dim(1) == size ? x : x.slice(1, 0, size).slice(2, 0, size);
    }

    /** SiLU of a normalisation, scaled and shifted as the noise level says. */
    private final class ConditionalNorm {
        private final Norm norm;
        private final Linear level;

        ConditionalNorm(Parameters p, int channels) {
            norm = new Norm(p.in("norm"), channels, config.norm().equals("instance") ? channels : config.groups());
            level = new Linear(p.in("level"), config.timeEmbedding(), 2 * channels);
        }

        Tensor silu(Tensor x, Tensor embedding) {
            return norm.silu(x, level.apply(embedding), Form.ADAGN);
        }
    }

    /** skip(x) + conv2(silu(norm2(conv1(silu(norm1(x)))))), both normalisations conditional. */
    private final class Block {
        private final ConditionalNorm norm1;
        private final Conv conv1;
        private final ConditionalNorm norm2;
        private final Conv conv2;
        private final Conv skip; // null where channels stay

        Block(Parameters p, int in, int out) {
            norm1 = new ConditionalNorm(p.in("norm1"), in);
            conv1 = Conv.of(p.in("conv1"), in, out, 3, 1);
            norm2 = new ConditionalNorm(p.in("norm2"), out);
            conv2 = Conv.of(p.in("conv2"), out, out, 3, 1);
            skip = in == out ? null : Conv.of(p.in("skip"), in, out, 1, 1);
        }

        Tensor apply(Tensor x, Tensor embedding) {
            Tensor h = conv1.apply(norm1.silu(x, embedding));
            return conv2.applyPlus(norm2.silu(h, embedding), skip == null ? x : skip.apply(x));
        }
    }

    @Override
    public NoiseLabel noise() {
        return config.noise();
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
