package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;

/**
 * The forward process.
 *
 * @param kind {@code vp}, {@code sub-vp} or {@code ve}
 * @param betaMin beta(0) of vp and sub-vp
 * @param betaMax beta(1) of vp and sub-vp
 * @param sigmaMin smallest deviation of ve
 * @param sigmaMax greatest deviation of ve
 */
public record ProcessConfig(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax) {
    public static ProcessConfig defaults() {
        return new ProcessConfig("vp", 0.1, 20, 0.01, 50);
    }

    public ProcessConfig {
        build(kind, betaMin, betaMax, sigmaMin, sigmaMax);
    }

    public Sde build() {
        return build(kind, betaMin, betaMax, sigmaMin, sigmaMax);
    }

    private static Sde build(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax) {
        return switch (kind) {
            case "vp" -> new VpSde(betaMin, betaMax);
            case "sub-vp" -> new SubVpSde(betaMin, betaMax);
            case "ve" -> new VeSde(sigmaMin, sigmaMax);
            default -> throw new InputException("kind '" + kind + "' is unknown; use vp, sub-vp or ve");
        };
    }
}
