package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Noise-conditional classifier of images (N-NCLF; Dhariwal and Nichol 2021, section 4): a U-Net's way down, which is told the noise
 * level, then normalisation, the mean over all pixels and a linear layer.
 *
 * <p>Weight names: {@code time_emb}, {@code init_conv}, {@code encoder.i}, {@code downsample.i}, {@code out_norm}, {@code out}.
 */
public final class UNetClassifier implements ClassifierNetwork {
    private final UNetConfig config;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final Conv initConv;
    private final WayDown down;
    private final Norm norm;
    private final Linear out;

    /** Builds the layers over {@code p}, making the weights that are not there; the configuration's classes are what it tells apart. */
    public UNetClassifier(UNetConfig config, Parameters p) {
        Checks.atLeast("classes.number", config.classes().number(), 2);
        this.config = config;
        this.parameters = p;
        UNetConfig untold = config.withClasses(ClassConfig.NONE);
        timeEmbedding = new TimeEmbedding(p.in("time_emb"), TimeEmbedding.named(config.timeFeatures(), config.timeScale(), config.noise()),
                config.baseChannels(), config.timeEmbedding(), config.timeScale(), config.noise());
        initConv = Conv.of(p.in("init_conv"), config.channels(), config.baseChannels(), 3, 1);
        Deque<Integer> skips = new ArrayDeque<>();
        skips.push(config.baseChannels());
        down = new WayDown(p, untold, skips);
        int width = config.width(config.levels() - 1);
        norm = new Norm(p.in("out_norm"), width, config.groups());
        out = new Linear(p.in("out"), width, config.classes().number());
    }

    @Override
    public Tensor logits(Tensor x, Tensor t, RandomKey dropout) {
        Checks.images("unetClassifier", config.imageSize(), config.channels(), x, t);
        Pass pass = new Pass(timeEmbedding.apply(t).silu(), null, dropout, null);
        Tensor h = down.apply(x, initConv.apply(x), pass, new ArrayDeque<>());
        return out.apply(norm.silu(h).mean(1, 2));
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
    public Parameters parameters() {
        return parameters;
    }
}
