package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;

/**
 * Plain convolutional network that is told the time (N-CNN): 3x3 convolutions of one width at the image's own size with
 * SiLU, the time's embedding added to the channels of each. No normalisation, no skips, no other scale: the weak baseline
 * beside a U-Net. The last convolution starts at zero.
 */
public final class ScoreCnn implements ScoreNetwork {
    private final CnnConfig config;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final List<Conv> layers = new ArrayList<>();
    private final List<Linear> times = new ArrayList<>();
    private final Conv out;

    /** Builds the layers over {@code p}, making the weights that are not there. */
    public ScoreCnn(CnnConfig config, Parameters p) {
        this.config = config;
        this.parameters = p;
        int width = config.width();
        this.timeEmbedding = new TimeEmbedding(p.in("time_emb"), TimeEmbedding.named(config.timeFeatures(), config.timeScale(), config.noise()),
                width, config.timeEmbedding(), config.timeScale(), config.noise());
        for (int i = 0; i < config.depth(); i++) {
            layers.add(Conv.of(p.in("layer." + i), i == 0 ? config.channels() : width, width, 3, 1));
            times.add(new Linear(p.in("time." + i), config.timeEmbedding(), width));
        }
        this.out = Conv.zero(p.in("out"), width, config.channels(), 3);
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        Checks.images("scoreCnn", config.imageSize(), config.channels(), x, t);
        Tensor embedding = timeEmbedding.apply(t).silu();
        Tensor h = x;
        for (int i = 0; i < layers.size(); i++) {
            h = layers.get(i).apply(h).add(times.get(i).apply(embedding).reshape(x.dim(0), 1, 1, -1)).silu();
        }
        return out.apply(h);
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
