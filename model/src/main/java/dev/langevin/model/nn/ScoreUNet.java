package dev.langevin.model.nn;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * U-Net that is told the time (Ronneberger et al. 2015; Ho et al. 2020), rows N-UNET to N-UPN. Every output of the way
 * down, the first convolution's and each downsampling's included, is a skip; the way up takes one a block, so a
 * block's input is as wide as what runs plus what is popped. Classes (N-CLSEMB, N-XATTN) and the parts of NCSN++ (N-NCSNPP)
 * are there where the configuration has them.
 *
 * <p>Weight names: {@code time_emb}, {@code init_conv}, {@code encoder.i}, {@code downsample.i}, {@code middle.0..2},
 * {@code decoder.i}, {@code upsample.i}, {@code out_norm}, {@code out_conv}; where a level has attention,
 * {@code encoder_attention.i} and {@code decoder_attention.i} follow the block of that number. Where there are classes, their
 * table is {@code class_emb}, and {@code encoder_cross_attention.i}, {@code middle_cross_attention} and
 * {@code decoder_cross_attention.i} attend to it; {@code progressive_input.i} and {@code progressive_output.i} belong to level i.
 */
public final class ScoreUNet implements ScoreNetwork {
    /** Hears the output of each block under the name of its weights. */
    public interface Probe {
        void activation(String name, Tensor value);
    }

    private final UNetConfig config;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final ClassEmbedding classEmbedding; // null where there are no classes
    private final Conv initConv;
    private final WayDown down;
    private final ResBlock middleIn;
    private final AttentionBlock middleAttention;  // null where there is none
    private final CrossAttentionBlock middleCross; // null where there is none
    private final ResBlock middleOut;
    private final WayUp up;

    /** Builds the layers over {@code p}, making the weights that are not there. */
    public ScoreUNet(UNetConfig config, Parameters p) {
        this.config = config;
        this.parameters = p;
        ClassConfig classes = config.classes();
        timeEmbedding = new TimeEmbedding(p.in("time_emb"), TimeEmbedding.named(config.timeFeatures(), config.timeScale(), config.noise()),
                config.baseChannels(), config.timeEmbedding(), config.timeScale(), config.noise());
        classEmbedding = classes.number() == 0 ? null : new ClassEmbedding(p.in("class_emb"), classes.number(),
                classes.attended() ? classes.tokens() * config.timeEmbedding() : config.timeEmbedding());
        initConv = Conv.of(p.in("init_conv"), config.inputChannels(), config.baseChannels(), 3, 1);
        Deque<Integer> skips = new ArrayDeque<>();
        skips.push(config.baseChannels());
        down = new WayDown(p, config, skips);
        int ch = config.width(config.levels() - 1);
        middleIn = new ResBlock(p.in("middle.0"), ch, ch, config);
        middleAttention = config.middleAttention() ? new AttentionBlock(p.in("middle.1"), ch, config) : null;
        middleCross = config.middleAttention() && classes.attended()
                ? new CrossAttentionBlock(p.in("middle_cross_attention"), ch, config) : null;
        middleOut = new ResBlock(p.in("middle.2"), ch, ch, config);
        up = new WayUp(p, config, skips);
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }

    public UNetConfig config() {
        return config;
    }

    @Override
    public NoiseLabel noise() {
        return config.noise();
    }

    @Override
    public int classes() {
        return config.classes().number();
    }

    @Override
    public boolean inpaints() {
        return config.inpainting();
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        return forward(x, t, null, dropout, null);
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, int[] labels, RandomKey dropout) {
        return forward(x, t, labels, dropout, null);
    }

    /** As {@link #forward(Tensor, Tensor, int[], RandomKey)}, showing each block's output to {@code probe}, unless it is null. */
    public Tensor forward(Tensor x, Tensor t, int[] labels, RandomKey dropout, Probe probe) {
        Tensor seen = config.inpainting() && x.rank() == 4 && x.dim(3) == config.channels() ? nothingKnown(x) : x;
        Checks.images("scoreUNet", config.imageSize(), config.inputChannels(), seen, t);
        if (labels != null) {
            checkLabels(labels);
        }
        Pass pass = told(t, labels, dropout, probe);
        Tensor h = initConv.apply(seen);
        if (probe != null) {
            probe.activation("init_conv", h);
        }
        Deque<Tensor> skips = new ArrayDeque<>();
        skips.push(h);
        h = down.apply(config.inpainting() ? seen.slice(3, 0, config.channels()) : seen, h, pass, skips);
        h = pass.seen("middle.", 0, tidy(middleIn, h, pass));
        h = middleAttention == null ? h : pass.seen("middle.", 1, middleAttention.apply(h, pass));
        h = middleCross == null ? h : middleCross.apply(h, pass);
        h = pass.seen("middle.", 2, tidy(middleOut, h, pass));
        return up.apply(h, pass, skips);
    }

    private Tensor nothingKnown(Tensor x) {
        return Tensor.concat(3, x, Tensor.zeros(Shape.of(x.dim(0), x.dim(1), x.dim(2), config.channels() + 1)));
    }

    /** What the layers are told of the noise level and the class. */
    private Pass told(Tensor t, int[] labels, RandomKey dropout, Probe probe) {
        Tensor embedding = timeEmbedding.apply(t);
        if (probe != null) {
            probe.activation("time_emb", embedding);
        }
        Tensor tokens = null;
        if (classEmbedding != null) {
            Tensor of = classEmbedding.apply(labels, t.dim(0));
            embedding = config.classes().embedded() ? embedding.add(of) : embedding;
            tokens = config.classes().attended() ? of.reshape(t.dim(0), config.classes().tokens(), -1) : null;
        }
        return new Pass(embedding.silu(), tokens, dropout, probe);
    }

    private static Tensor tidy(Layer layer, Tensor x, Pass pass) {
        return Scope.tidy(() -> layer.apply(x, pass));
    }
}
