package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.nn.ScoreNetworkConfig;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;

/**
 * The network for points.
 *
 * @param width length of the hidden layers, at least 2
 * @param depth number of hidden layers, at least 1
 * @param timeScale what the time is multiplied by before the sines
 * @param noise what stands for the time
 */
public record MlpConfig(int width, int depth, double timeScale, NoiseLabel noise) implements ScoreNetworkConfig {
    public static MlpConfig defaults() {
        return new MlpConfig(128, 3, 999);
    }

    /** Told the time itself. */
    public MlpConfig(int width, int depth, double timeScale) {
        this(width, depth, timeScale, NoiseLabel.PLAIN);
    }

    public MlpConfig {
        if (width < 2 || depth < 1 || !Double.isFinite(timeScale)) {
            throw new InputException("width must be at least 2, depth at least 1 and time-scale finite, got " + width + ", " + depth
                    + " and " + timeScale);
        }
    }

    @Override
    public int[] exampleShape() {
        return new int[] {2};
    }

    @Override
    public ScoreNetwork build(Parameters parameters) {
        return new ScoreMlp(2, width, depth, timeScale, noise, parameters);
    }
}
