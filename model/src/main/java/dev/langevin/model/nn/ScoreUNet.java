package dev.langevin.model.nn;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * U-Net that is told the time (Ronneberger et al. 2015; Ho et al. 2020), rows N-UNET to N-UPN. Every output of the way
 * down, the first convolution's and each downsampling's included, is a skip; the way up takes one a block, so a
 * block's input is as wide as what runs plus what is popped.
 *
 * <p>Weight names: {@code time_emb}, {@code init_conv}, {@code encoder.i}, {@code downsample.i}, {@code middle.0..2},
 * {@code decoder.i}, {@code upsample.i}, {@code out_norm}, {@code out_conv}; where a level has attention,
 * {@code encoder_attention.i} and {@code decoder_attention.i} follow the block of that number.
 */
public final class ScoreUNet implements ScoreNetwork {
    /** Hears the output of each block under the name of its weights. */
    public interface Probe {
        void activation(String name, Tensor value);
    }

    private static final int DROPOUT_STRIDE = 1 << 16;

    private final UNetConfig config;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final Conv initConv;
    private final List<ResBlock> encoder = new ArrayList<>();
    private final List<AttentionBlock> encoderAttention = new ArrayList<>(); // null where there is none
    private final List<Conv> downsample = new ArrayList<>();
    private final ResBlock middleIn;
    private final AttentionBlock middleAttention; // null where there is none
    private final ResBlock middleOut;
    private final List<ResBlock> decoder = new ArrayList<>();
    private final List<AttentionBlock> decoderAttention = new ArrayList<>(); // null where there is none
    private final List<UnaryOperator<Tensor>> upsample = new ArrayList<>();
    private final Norm outNorm;
    private final Conv outConv;

    /** Builds the layers over {@code p}, making the weights that are not there. */
    public ScoreUNet(UNetConfig config, Parameters p) {
        this.config = config;
        this.parameters = p;
        int levels = config.channelMults().size();
        Deque<Integer> skips = new ArrayDeque<>();
        timeEmbedding = new TimeEmbedding(p.in("time_emb"),
                TimeEmbedding.Features.valueOf(config.timeFeatures().toUpperCase(Locale.ROOT)),
                config.baseChannels(), config.timeEmbedding(), config.timeScale());
        int ch = config.baseChannels();
        initConv = Conv.of(p.in("init_conv"), config.channels(), ch, 3, 1);
        skips.push(ch);
        for (int level = 0; level < levels; level++) {
            int out = config.baseChannels() * config.channelMults().get(level);
            for (int b = 0; b < config.resBlocks(); b++) {
                encoder.add(new ResBlock(p.in("encoder." + encoder.size()), ch, out, config));
                encoderAttention.add(attention(p, "encoder_attention." + encoderAttention.size(), out, level));
                ch = out;
                skips.push(ch);
            }
            if (level < levels - 1) {
                downsample.add(Conv.of(p.in("downsample." + level), ch, ch, 3, 2));
                skips.push(ch);
            }
        }
        middleIn = new ResBlock(p.in("middle.0"), ch, ch, config);
        middleAttention = config.middleAttention() ? new AttentionBlock(p.in("middle.1"), ch, config) : null;
        middleOut = new ResBlock(p.in("middle.2"), ch, ch, config);
        for (int level = levels - 1; level >= 0; level--) {
            int out = config.baseChannels() * config.channelMults().get(level);
            for (int b = 0; b <= config.resBlocks(); b++) {
                decoder.add(new ResBlock(p.in("decoder." + decoder.size()), ch + skips.pop(), out, config));
                decoderAttention.add(attention(p, "decoder_attention." + decoderAttention.size(), out, level));
                ch = out;
            }
            if (level > 0) {
                Parameters up = p.in("upsample." + upsample.size());
                upsample.add(config.upsampling().equals("nearest") ? Upsample.nearest(up, ch) : Upsample.transposed(up, ch));
            }
        }
        outNorm = new Norm(p.in("out_norm"), ch, config.groups());
        outConv = Conv.zero(p.in("out_conv"), ch, config.channels(), 3);
    }

    private AttentionBlock attention(Parameters p, String name, int channels, int level) {
        return config.attention().contains(config.imageSize() >> level) ? new AttentionBlock(p.in(name), channels, config) : null;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    public UNetConfig config() {
        return config;
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        return forward(x, t, dropout, null);
    }

    /** As {@link #forward(Tensor, Tensor, RandomKey)}, showing each block's output to {@code probe}, unless it is null. */
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout, Probe probe) {
        Shape image = Shape.of(x.dim(0), config.imageSize(), config.imageSize(), config.channels());
        if (!x.shape().equals(image) || !t.shape().equals(Shape.of(x.dim(0)))) {
            throw new ShapeException("scoreUNet", "images " + image + " and one time for each", x.shape(), t.shape());
        }
        int[] dropped = {0};
        Tensor embedding = seen(probe, "time_emb", timeEmbedding.apply(t)).silu();
        Deque<Tensor> skips = new ArrayDeque<>();
        Tensor h = seen(probe, "init_conv", initConv.apply(x));
        skips.push(h);
        for (int i = 0; i < encoder.size(); i++) {
            h = seen(probe, "encoder.", i, block(encoder.get(i), encoderAttention.get(i), h, embedding, key(dropout, dropped)));
            skips.push(h);
            int level = i / config.resBlocks();
            if ((i + 1) % config.resBlocks() == 0 && level < downsample.size()) {
                h = seen(probe, "downsample.", level, downsample.get(level).apply(h));
                skips.push(h);
            }
        }
        h = seen(probe, "middle.", 0, block(middleIn, null, h, embedding, key(dropout, dropped)));
        h = middleAttention == null ? h : seen(probe, "middle.", 1, middleAttention.apply(h));
        h = seen(probe, "middle.", 2, block(middleOut, null, h, embedding, key(dropout, dropped)));
        for (int i = 0; i < decoder.size(); i++) {
            Tensor wide = Tensor.concat(3, h, skips.pop());
            h = seen(probe, "decoder.", i, block(decoder.get(i), decoderAttention.get(i), wide, embedding, key(dropout, dropped)));
            int up = i / (config.resBlocks() + 1);
            if ((i + 1) % (config.resBlocks() + 1) == 0 && up < upsample.size()) {
                h = seen(probe, "upsample.", up, upsample.get(up).apply(h));
            }
        }
        return outConv.apply(outNorm.silu(h));
    }

    private static Tensor block(ResBlock block, AttentionBlock attention, Tensor x, Tensor embedding, RandomKey key) {
        return Scope.tidy(() -> {
            Tensor h = block.apply(x, embedding, key);
            return attention == null ? h : attention.apply(h);
        });
    }

    /** A stream of its own for each block's dropout. */
    private static RandomKey key(RandomKey dropout, int[] count) {
        return dropout == null ? null
                : new RandomKey(dropout.seed(), dropout.purpose() + DROPOUT_STRIDE * count[0]++, dropout.firstImage(), dropout.step());
    }

    private static Tensor seen(Probe probe, String name, Tensor value) {
        if (probe != null) {
            probe.activation(name, value);
        }
        return value;
    }

    private static Tensor seen(Probe probe, String name, int number, Tensor value) {
        return probe == null ? value : seen(probe, name + number, value);
    }
}
