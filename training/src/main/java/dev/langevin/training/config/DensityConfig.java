package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.loss.ImportanceTimes;
import dev.langevin.training.loss.LadderTimes;
import dev.langevin.training.loss.LogNormalTimes;
import dev.langevin.training.loss.TimeDensity;
import dev.langevin.training.loss.Weighting;

/**
 * The distribution of training times.
 *
 * @param kind {@code uniform}; {@code importance}, which is uniform with less variance, by times in proportion to their weight;
 *        {@code log-normal} in the noise level; {@code ladder}, a geometric ladder of noise levels
 * @param logSigmaMean mean of ln sigma, of log-normal
 * @param logSigmaStd standard deviation of ln sigma, of log-normal, above 0
 * @param levels number of noise levels of a ladder, at least 2
 */
public record DensityConfig(String kind, double logSigmaMean, double logSigmaStd, int levels) {
    public static DensityConfig defaults() {
        return new DensityConfig("uniform", -1.2, 1.2, 10);
    }

    public DensityConfig {
        if (!kind.matches("uniform|importance|log-normal|ladder")) {
            throw new InputException("kind '" + kind + "' is unknown; use uniform, importance, log-normal or ladder");
        }
        if (levels < 2) {
            throw new InputException("levels must be at least 2, got " + levels);
        }
    }

    TimeDensity build(Sde sde, Weighting weighting) {
        return switch (kind) {
            case "importance" -> new ImportanceTimes(sde, weighting);
            case "log-normal" -> new LogNormalTimes(sde, logSigmaMean, logSigmaStd);
            case "ladder" -> new LadderTimes(sde, levels);
            default -> TimeDensity.uniform(sde);
        };
    }
}
