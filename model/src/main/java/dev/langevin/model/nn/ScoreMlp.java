package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;

/** Network for points (N, d) (N-MLP): linear layers with SiLU, the time's embedding added before each. */
public final class ScoreMlp implements ScoreNetwork {
    private final NoiseLabel noise;
    private final Parameters parameters;
    private final TimeEmbedding timeEmbedding;
    private final List<Linear> layers = new ArrayList<>();
    private final List<Linear> times = new ArrayList<>();
    private final Linear out;

    /** As below, told the time itself. */
    public ScoreMlp(int dimensions, int width, int depth, double timeScale, Parameters p) {
        this(dimensions, width, depth, timeScale, NoiseLabel.PLAIN, p);
    }

    /**
     * @param dimensions d
     * @param width length of the hidden layers
     * @param depth number of hidden layers
     * @param timeScale what the time is multiplied by before the sines
     * @param noise what stands for the time
     */
    public ScoreMlp(int dimensions, int width, int depth, double timeScale, NoiseLabel noise, Parameters p) {
        this.noise = noise;
        this.parameters = p;
        this.timeEmbedding = new TimeEmbedding(p.in("time_emb"), TimeEmbedding.Features.SINUSOIDAL, width, width, timeScale);
        for (int i = 0; i < depth; i++) {
            layers.add(new Linear(p.in("layer." + i), i == 0 ? dimensions : width, width));
            times.add(new Linear(p.in("time." + i), width, width));
        }
        this.out = new Linear(p.in("out"), width, dimensions);
    }

    @Override
    public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
        Tensor embedding = timeEmbedding.apply(t).silu();
        Tensor h = x;
        for (int i = 0; i < layers.size(); i++) {
            h = layers.get(i).apply(h).add(times.get(i).apply(embedding)).silu();
        }
        return out.apply(h);
    }

    @Override
    public NoiseLabel noise() {
        return noise;
    }

    @Override
    public Parameters parameters() {
        return parameters;
    }
}
